:- module(ask_export, []).

/** <module> How other training tools are told a decision

Hands out what the ontology states of each tool that a recipe can be written for:
its version, the files it reads, and how it is told each of our settings. What is
told is decided elsewhere; no tool is named here.
*/

:- use_module(say).
:- use_module(door).

:- multifile door:answer/3.

door:answer(exports, _, _{targets:Ts}) :- findall(T, target(T), Ts).

target(_{id:T, label:L, aliases:As, facts:Fs, writes:Ws, says:Ss}) :-
    kb:isa(T, 'ExportTarget'), named(T, L), findall(A, kb:alias(T, A), As),
    findall(_{property:P, value:V}, kb:fact(T, P, V), Fs), findall(W, kb:fact(T, writes, W), Ws), findall(S, saying(T, S), Ss).

saying(T, _{key:K, value:V, below:B, as:A, as_value:AV, listed:Li, joined:J, implied:I, unsaid:U, differs:D, alongside:C}) :-
    kb:saying(T, K, V, B, A, AV, Li, J, I, U, D, C).
