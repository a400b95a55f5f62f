:- module(ask_diagram, []).

/** <module> Questions that only pictures ask

mains: what is recommended in each of many situations that differ in a few inputs.
tests: what a technique's own comparisons say in each of them.
thresholds: the numbers at which advice or a requirement that may concern the person turns.
requirements: the rules, with what they read and which conclusions they call.
*/

:- use_module(claims).
:- use_module(explain).
:- use_module(rank).
:- use_module(library(lists)).
:- use_module(library(apply)).

:- multifile door:answer/3.

%   {situation, changes: [{field: value}]} to {mains: [id]}, in the same order; none where nothing is viable.
door:answer(mains, Q, A) :-
    get_dict(changes, Q, Changes), get_dict(situation, Q, S0),
    maplist(main_of(S0), Changes, Mains), A = _{mains:Mains}.

main_of(S0, Change, Main) :- changed(S0, Change, S), ( recommended(S, T) -> Main = T ; Main = none ).

changed(S0, Change, S) :- put_dict(Change, S0, S1), door:situation(_{situation:S1}, S).

%   {situation, changes, goals: [[head, technique]]} to {verdicts: [[yes|no|depends]]}: a row a situation.
door:answer(tests, Q, A) :-
    get_dict(changes, Q, Changes), get_dict(situation, Q, S0), get_dict(goals, Q, Goals),
    maplist(tests_of(S0, Goals), Changes, Rows), A = _{verdicts:Rows}.

tests_of(S0, Goals, Change, Row) :- changed(S0, Change, S), maplist(test_of(S), Goals, Row).

test_of(S, [H, T|More], V) :- G =.. [H, T|More], verdict(G, S, V0), door:name_of(V0, V, _).
