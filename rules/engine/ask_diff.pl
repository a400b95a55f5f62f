:- module(ask_diff, []).

/** <module> What a situation comes to, in few words

For comparing two knowledge bases over many situations: the approach that is
recommended, and verdicts of the techniques asked for, without proofs.
*/

:- use_module(explain).
:- use_module(rank).
:- use_module(door).
:- use_module(library(apply)).

:- multifile door:answer/3.

%   {situation, techniques: [id] or "all"} to {main, verdicts: {technique: yes|no|depends}}; main is none where nothing is viable.
door:answer(effects, Q, _{main:Main, verdicts:Vs}) :-
    door:situation(Q, S), get_dict(techniques, Q, Asked), asked(Asked, Ts),
    ( recommended(S, T) -> Main = T ; Main = none ),
    findall(X-V, ( member(X, Ts), verdict(viable(X), S, V0), door:name_of(V0, V, _) ), Pairs), dict_pairs(Vs, verdicts, Pairs).

asked("all", Ts) :- !, findall(T, kb:isa(T, 'Approach'), Ts0), sort(Ts0, Ts).
asked(all, Ts) :- !, asked("all", Ts).
asked(Names, Ts) :- findall(T, ( member(N, Names), atom_string(T, N), kb:isa(T, 'Approach') ), Ts0), sort(Ts0, Ts).
