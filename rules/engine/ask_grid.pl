:- module(ask_grid, [grid/5]).

/** <module> What fits where: approaches x models x GPUs, from the rules of memory alone

What an approach needs is worked out once a model, by the compiled rules, and
compared with what each GPU has: unless the proof of the need read the GPU, then
it is worked out for each. So a grid of thousands of cells takes as many
evaluations as there are pairs, and no formula but the rules'.
*/

:- use_module(explain).
:- use_module(door).
:- use_module(library(lists)).
:- use_module(library(apply)).

:- multifile door:answer/3.

%   fit is a text with one character a GPU: y fits, t fits tightly, n does not, ? is not known.
door:answer(fit_grid, Q, _{gpus:Us, rows:Rows}) :-
    door:situation(Q, S), names(Q, techniques, Ts), names(Q, models, Ms), names(Q, gpus, Gs),
    grid(S, Ts, Ms, Gs, Cells), maplist(usable(S), Gs, Vs), maplist(gpu_row, Gs, Vs, Us),
    findall(_{technique:T, model:M, need:N, fit:F}, ( member(c(T, M, N0, Fs), Cells), door_number(N0, N), string_chars(F, Fs) ), Rows).

names(Q, K, As) :- get_dict(K, Q, Vs), maplist(name_of_text, Vs, As).
name_of_text(V, A) :- atom_string(A, V).

gpu_row(G, V, _{gpu:G, usable:N}) :- door_number(V, N).

door_number(span(L, H, _), [L, H]) :- !.
door_number(V, V) :- number(V), !.
door_number(_, null).

%!  grid(+Situation, +Techniques, +Models, +Gpus, -Cells) is det.
%   Cells are c(Technique, Model, Need, Letters) of all pairs whose memory can be added up; Letters in the order of Gpus.
grid(S, Ts, Ms, Gs, Cells) :-
    maplist(usable(S), Gs, Us),
    ( Ms = [M1|_], Gs = [G1|_] -> put_dict(_{model:given(M1), gpu:given(G1)}, S, S1) ; S1 = S ),
    findall(c(T, M, N, Fs), ( member(T, Ts), kb:fact(T, trainsOn, ownGpu), ( reads_gpu(T, S1) -> By = cell ; By = pair ), member(M, Ms), cells(By, S, T, M, Gs, Us, N, Fs) ), Cells).

%   Whether the proof of what a technique needs reads the GPU.
reads_gpu(T, S) :- explain(need_gib(T, _), S, Tree), inputs_read(Tree, Fields), ( memberchk(gpu, Fields) ; memberchk(gpu_memory_gib, Fields) ), !.

cells(pair, S, T, M, [G|_], Us, N, Fs) :-
    put_dict(_{model:given(M), gpu:given(G)}, S, S1), need(T, S1, N, H), !, maplist(letter(N, H), Us, Fs).
cells(cell, S, T, M, Gs, Us, N, Fs) :-
    maplist(cell(S, T, M), Gs, Ns, Us, Fs), Ns = [N|_].

cell(S, T, M, G, N, U, F) :- put_dict(_{model:given(M), gpu:given(G)}, S, S1), need(T, S1, N, H), letter(N, H, U, F).

need(T, S, N, H) :- once(kb:need_gib(T, N, S, maybe)), ( kb:need_high(T, H0, S, maybe) -> H = H0 ; H = N ).

usable(S, G, U) :- put_dict(gpu, S, given(G), S1), ( kb:usable_gib(U0, _, S1, maybe) -> U = U0 ; U = unknown ).

letter(N, H, U, F) :- number(N), number(H), number(U), !, ( N > U -> F = n ; H > U -> F = t ; F = y ).
letter(_, _, _, ?).
