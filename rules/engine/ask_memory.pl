:- module(ask_memory, []).

/** <module> Questions about memory, time and money in figures

memory   the peaks of a technique as allocated, reserved and by the driver, with the ends of nine runs in ten
parts    the same with its parts, for every GPU
*/

:- use_module(explain).
:- use_module(rank).
:- use_module(claims).
:- use_module(library(lists)).

:- multifile door:answer/3.

door:answer(memory, Q, A) :-
    door:situation(Q, S), get_dict(technique, Q, T), figures(S, T, A).

figures(S, T, _{technique:T, fits:F, allocated:Al, reserved:Re, device:De, need:Ne, usable:Us, width:Wi, hours:Ho, tokens_per_second:Ts}) :-
    verdict(fits(T), S, F0), door:name_of(F0, F, _),
    value(kb:allocated_gib(T, A0, S, maybe), A0, Al), value(kb:reserved_gib(T, R0, S, maybe), R0, Re), value(kb:device_gib(T, D0, S, maybe), D0, De),
    value(kb:need_gib(T, N0, S, maybe), N0, Ne), value(kb:usable_gib(U0, _, S, maybe), U0, Us), value(kb:width(T, W0, S, maybe), W0, Wi),
    value(kb:run_hours(T, H0, S, maybe), H0, Ho), value(kb:tokens_per_second(T, T0, S, maybe), T0, Ts).

%   A number, a span as a list of its ends, or null.
value(Goal, V0, V) :- ( catch(Goal, _, fail) -> ( V0 = span(L,H,_) -> V = [L,H] ; number(V0) -> V = V0 ; V = null ) ; V = null ).
