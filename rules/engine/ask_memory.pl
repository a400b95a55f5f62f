:- module(ask_memory, []).

/** <module> Questions about memory, time and money in figures

estimate memory, time and cost of a technique, each with its proof
memory   the peaks of a technique on one GPU as allocated, reserved and by the driver, each with the ends of nine runs in ten; time and cost likewise;
         its parts; the largest length and batch that fit; what sources say of its speed; the same without checkpointing where that was assumed
grid     the same figures over the values of one input, or over techniques
*/

:- use_module(explain).
:- use_module(say).
:- use_module(numbers).
:- use_module(whatif).
:- use_module(value).
:- use_module(claims).
:- use_module(library(lists)).
:- use_module(library(apply)).

:- multifile door:answer/3.

%   One proof of fits and one of the cost hold those of the need and of the hours: they are taken from there.
door:answer(estimate, Q, A) :-
    door:situation(Q, S), get_dict(technique, Q, T), door:depth(Q, D), explain(fits(T), S, FT), tree_verdict(FT, F0), door:name_of(F0, F, _), explain(run_usd(T, _), S, CT),
    findall(E, ( member(H, [need_gib, run_hours, run_usd]), estimate_of(H, T, S, [FT,CT], D, E) ), Es),
    numbers(S, FT, all, Ns), door:situation_json(S, SitJ), ( kb:label(T, L) -> true ; L = T ), A = _{technique:T, label:L, fits:F, estimates:Es, numbers:Ns, situation:SitJ}.

door:answer(memory, Q, A) :-
    door:situation(Q, S), get_dict(technique, Q, T), figures(S, T, F),
    ( get_dict(parts, Q, true) -> parts(S, T, Ps), largest(S, T, Ls), speeds(T, Ss), otherwise(S, T, Os), A = F.put(_{parts:Ps, largest:Ls, speed_vs_full:Ss, otherwise:Os}) ; A = F ).

door:answer(grid, Q, A) :-
    door:situation(Q, S), get_dict(over, Q, K), get_dict(values, Q, Vs0), ( get_dict(technique, Q, T) -> true ; T = none ), maplist(plain_value, Vs0, Vs),
    findall(Row, ( member(V, Vs), cell(K, V, S, T, F0), put_dict(value, F0, V, Row) ), Rows),
    door:situation_json(S, SitJ), A = _{technique:T, over:K, rows:Rows, situation:SitJ}.

estimate_of(H, T, S, Trees, D, _{quantity:H, unit:U, value:V, verdict:VN, proof:Rows, text:Text}) :-
    G =.. [H,T,V0],
    ( member(Whole, Trees), within(Whole, Tree), Tree = node(G, _, _, _, _) -> true ; explain(G, S, Tree) ),
    tree_verdict(Tree, TV), door:name_of(TV, VN, _), Tree = node(G1, _, _, Sn, _), G1 =.. [_,_,V0],
    ( nonvar(V0), V0 = span(Lo,Hi,_) -> V = [Lo,Hi] ; nonvar(V0) -> V = V0 ; V = null ), sentence(Sn, Text), rows(Tree, D, Rows),
    ( kb:quantity(H, _, _, U, _, _, _, _, _, _, _, _) -> true ; U = '' ).

plain_value(V, A) :- ( string(V) -> atom_string(A, V) ; A = V ).

cell(technique, T, S, _, F) :- !, kb:fact(T, trainsOn, ownGpu), figures(S, T, F).
cell(K, V, S0, T, F) :- put_dict(K, S0, given(V), S), figures(S, T, F).

figures(S, T, _{technique:T, fits:F, tight:Ti, allocated:Al, reserved:Re, device:De, need:Ne, need_high:Nh, device_high:Dh, usable:Us, on:On, width:Wi, reserved_width:Rw, hours:Ho, hours_high:Hh, tokens_per_second:Ts, time_factor:Tf, gpus:Ng, usd:Co,
                intervals:_{allocated:Ia, reserved:Ir, device:Id, need:In, hours:Ih, tokens_per_second:It, usd:Ic}}) :-
    verdict(fits(T), S, F0), door:name_of(F0, F, _),
    ( F == yes, verdict(tight(T), S, yes) -> Ti = true ; Ti = false ),
    figure(kb:allocated_gib(T, A0, S, maybe), A0, Al), figure(kb:reserved_gib(T, R0, S, maybe), R0, Re), figure(kb:device_gib(T, D0, S, maybe), D0, De),
    figure(kb:need_gib(T, N0, S, maybe), N0, Ne), figure(kb:need_high(T, N1, S, maybe), N1, Nh), figure(kb:device_high(T, D1, S, maybe), D1, Dh),
    ( kb:usable_gib(U0, On0, S, maybe) -> true ; U0 = null, On0 = '' ), number_json(U0, Us), ( atom(On0) -> On = On0 ; On = '' ),
    number_of(S, relative_width, Wi), number_of(S, reserved_width, Rw), number_of(S, time_factor, Tf),
    figure(kb:run_hours(T, H0, S, maybe), H0, Ho), figure(kb:run_hours_high(T, H2, S, maybe), H2, Hh), figure(kb:tokens_per_second(T, T0, S, maybe), T0, Ts), figure(kb:run_usd(T, C0, S, maybe), C0, Co),
    ( get_dict(n_gpus, S, Gn), arg(1, Gn, Ng) -> true ; Ng = 1 ),
    around(Al, Wi, Ia), around(Re, Rw, Ir), around(De, Rw, Id), around(Ne, Wi, In), times(Ho, Tf, Ih), times(Ts, Tf, It), times(Co, Tf, Ic).

%   Both ends within which nine runs of ten lie.
around(V, W, [L,H]) :- number(W), ends(V, L0, H0), !, L is L0*(1 - W), H is H0*(1 + W).
around(_, _, null).
times(V, F, [L,H]) :- number(F), ends(V, L0, H0), !, L is L0/F, H is H0*F.
times(_, _, null).
ends([L,H], L, H) :- !.
ends(V, V, V) :- number(V).

number_of(S, Q, V) :- ( claim_value(S, 'memory-constants', Q, V0, _) -> V = V0 ; V = null ).

figure(Goal, V0, V) :- ( catch(Goal, error(existence_error(_, _), _), fail) -> number_json(V0, V) ; V = null ).

%   A number, a span as a list of its ends, or null.
number_json(span(L,H,_), [L,H]) :- !.
number_json(V, V) :- number(V), !.
number_json(_, null).

%   What lies on one GPU, in GiB; over several models the ends of each part.
parts(S, T, Ps) :-
    findall(P, ( kb:candidate_model(M, S, maybe), once(model_parts(S, T, M, P)) ), All),
    (   All == [] -> Ps = []
    ;   findall(N-Vs, ( part(N, I), findall(V, ( member(P, All), nth1(I, P, V) ), Vs) ), Pairs),
        findall(_{part:N, gib:G}, ( member(N-Vs, Pairs), ends_of(Vs, G) ), Ps) ).

part(weights, 1).  part('trained copies', 2).  part('optimizer states', 3).  part(gradients, 4).  part('gathered layers', 5).  part(activations, 6).  part('one layer in its backward pass', 7).
part('the loss', 8).  part('temporaries of the step', 9).  part('peak in the loss', 10).  part('peak in the backward pass', 11).  part('peak in the step', 12).
part('16-bit copies for the pass', 13).  part('other models', 14).  part('between steps', 15).  part('peak between steps', 16).

model_parts(S, T, M, [Ws,Own,Opt,Gr,G,K,R,Lo,St,P1,P2,P3,Ca,Co,Ap,P4]) :-
    kb:profile(T, P, S, maybe), kb:shape(M, L, H, I, Kv, _, S, maybe), kb:weights_gib(T, M, P, H, W, S, maybe), kb:trained(T, M, P, Own, Gr, Opt, St, S, maybe),
    kb:gathered(T, M, P, W, L, H, G, S, maybe), kb:kept(P, T, L, H, I, Kv, K, S, maybe), kb:cast(P, W, Ca, S, maybe), kb:layer_again(P, T, L, H, I, R, S, maybe), kb:loss_gib(P, T, M, H, Lo, S, maybe),
    kb:lasting(T, Gr, Gl, S, maybe), kb:inside(K, L, Kl, S, maybe), kb:companions(T, W, Co, S, maybe), kb:apart(T, M, L, Kv, Ap, S, maybe),
    calc(W - Ca, Ws), calc(Ws + Own + Opt + Gl + Co, Still),
    kb:moments(Still, Gr, Gl, G, K, Kl, Ca, R, Lo, St, Ap, P1, P2, P3, P4, S, maybe).

ends_of(Vs, G) :- findall(L, ( member(V, Vs), low_of(V, L) ), Ls), findall(H, ( member(V, Vs), high_of(V, H) ), Hs), min_list(Ls, Lo), max_list(Hs, Hi), ( Lo =:= Hi -> G = Lo ; G = [Lo,Hi] ).
low_of(span(L,_,_), L) :- !.
low_of(V, V).
high_of(span(_,H,_), H) :- !.
high_of(V, V).

%   What was assumed of a boolean input that memory reads, turned round: checkpointing, where nobody said.
otherwise(S, T, Os) :-
    findall(_{field:K, label:L, value:W, allocated:Al, need:Ne, fits:F},
            ( kb:quantity(K, L, boolean, _, _, _, _, _, _, _, _, run), get_dict(K, S, assumed(V, _)), ( V == true -> W = false ; W = true ), put_dict(K, S, given(W), S1),
              figure(kb:allocated_gib(T, A0, S1, maybe), A0, Al), figure(kb:allocated_gib(T, B0, S, maybe), B0, Be), Al \== Be, figure(kb:need_gib(T, N0, S1, maybe), N0, Ne), verdict(fits(T), S1, F0), door:name_of(F0, F, _) ), Os).

%   How many times as fast as training all weights, source by source; what measurement refutes stays and says so.
speeds(T, Ss) :-
    findall(N-_{value:V, source:L, refuted:R},
            ( kb:claimed(T, speed_vs_full, Id), kb:claim_part(Id, value, V), kb:assertion(Id, _, So, _, _, _), ( kb:source(So, L, O, _) -> true ; L = So, O = 0 ),
              ( kb:fact(Id, refutedBy, _) -> R = true, N = 0 ; R = false, N is -O ) ), Keyed0), keysort(Keyed0, Keyed), findall(X, member(_-X, Keyed), Ss).

%   The largest value of an input with which the technique still fits, the others held.
largest(S, T, Ls) :-
    findall(_{field:K, value:V, label:L}, ( member(K, [seq_len, micro_batch]), kb:quantity(K, L, _, _, _, Lo, Hi, _, _, _, _, _), fits_with(T, S, K, Lo), furthest(T, S, K, Lo, Hi, V) ), Ls).

fits_with(T, S, K, V) :- put_dict(K, S, given(V), S1), verdict(fits(T), S1, yes).

furthest(T, S, K, _, Hi, Hi) :- fits_with(T, S, K, Hi), !.
furthest(T, S, K, Lo, Hi, V) :- ( Hi - Lo =< 1 -> V = Lo ; Mid is (Lo + Hi) // 2, ( fits_with(T, S, K, Mid) -> furthest(T, S, K, Mid, Hi, V) ; furthest(T, S, K, Lo, Mid, V) ) ).
