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
:- use_module(library(ordsets)).

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

%   The rules: {id, file, head, says, reads: [quantity], calls: [head]}.
door:answer(requirements, _, A) :-
    findall(_{id:Id, file:File, head:H, says:P, reads:Reads, calls:Calls},
            ( kb:rule(Id, Head, Body, P0, _), kb:rule_file(Id, File, _), functor(Head, H, _), door:template_text(P0, P),
              findall(R, ( part(Body, L), door:body_reads(L, R), atom(R) ), Rs0), sort(Rs0, Reads),
              findall(C, ( part(Body, L), functor(L, C, N), \+ leaf_name(C), functor(Call, C, N), \+ \+ kb:rule(_, Call, _, _, _) ), Cs0), sort(Cs0, Calls) ),
            Rules),
    findall(_{field:F, label:L, unit:U, input:I}, ( kb:quantity(F, L, _, U, _, _, _, _, _, _, _, _), ( kb:input(F) -> I = true ; I = false ) ), Qs),
    A = _{rules:Rules, quantities:Qs}.

leaf_name(C) :- language:leaf_of(L), functor(L, C, _).

%   Literals of a body, also beneath not, each and spread.
part(Ls, X) :- is_list(Ls), !, member(L, Ls), part(L, X).
part(L, _) :- var(L), !, fail.
part(L, L).
part(not(G), X) :- part(G, X).
part(each(_, A, B), X) :- ( part(A, X) ; part(B, X) ).
part(spread(_, _, A, B, _), X) :- ( part(A, X) ; part(B, X) ).

% ---- what decisions turn on -------------------------------------------------------------------------------

%   {situation, fields} to {thresholds: [[field, <, number] | [field, =<, number]], heads: [head]}:
%   borders that advice, requirements and their conditions draw on the numbers left open, and the
%   parts of viability that a technique may pass or not.
door:answer(borders, Q, A) :-
    get_dict(fields, Q, Fields), door:situation(Q, S0), foldl(forget, Fields, S0, S),
    findall(X, ( kb:isa(T, 'Approach'), \+ \+ kb:serves(T, S, maybe), ( lineage(T, X) ; kb:of_family(T, X) ) ), Xs0), sort(Xs0, Xs),
    findall([F, Op, V], ( member(F, Fields), border(S, Xs, F, Op, V) ), Bs0), sort(Bs0, Bs),
    findall(H, ( kb:rule(_, viable(T0), Body, _, _), member(L, Body), \+ language:leaf_of(L), functor(L, H, 1), arg(1, L, T1), T1 == T0 ), Hs),
    A = _{thresholds:Bs, heads:Hs}.

forget(F, S0, S) :- ( get_dict(F, S0, _) -> del_dict(F, S0, _, S) ; S = S0 ).

border(S, Xs, F, Op, V) :- reads_as(F, Q), kb:condition(Id, when, _, Q, Test, V0), number(V0), concerns(S, Xs, Id), side(Test, V0, Op, V).
border(S, Xs, F, Op, V) :- reads_as(F, Q), member(X, Xs), kb:claimed(X, Q, Id), kb:claim_part(Id, Test, V0), number(V0), concerns(S, Xs, Id), side(Test, V0, Op, V).

reads_as(F, F).
reads_as(F, Q) :- kb:carrier(F, _, Q).

%   Advice, a requirement or a criterion's figure about an approach in question, or about what it is a variant of.
concerns(S, Xs, Id) :-
    kb:assertion(Id, X, _, _, _, _), ord_memberchk(X, Xs), \+ refuted(Id), decides(X, Id), assertion_applies(S, Id, when, R), R \== no.

decides(_, Id) :- kb:advice(_, _, Id), !.
decides(X, Id) :- kb:ranked_by(_, _, _, Q, _, _), kb:claimed(X, Q, Id), !.
decides(_, Id) :- kb:claim_part(Id, Part, _), memberchk(Part, [at_least, at_most, one_of]), !.

side(at_least, V, <, V).
side(below, V, <, V).
side(at_most, V, =<, V).
side(above, V, =<, V).
side(value, V, <, V).
side(value, V, =<, V).
side(one_of, V, Op, V) :- side(value, V, Op, V).

%   {situation, changes, goals: [[head, technique]]} to {sides: [[null | {need, have, need_reads, have_reads, rule}]]}.
%   Both sides of the comparison that decides the goal, as kind as what is open allows, and the inputs each side reads.
door:answer(sides, Q, A) :-
    get_dict(changes, Q, Changes), get_dict(situation, Q, S0), get_dict(goals, Q, Goals),
    maplist(sides_row(S0, Goals), Changes, Rows), A = _{sides:Rows}.

sides_row(S0, Goals, Change, Row) :- changed(S0, Change, S), maplist(sides_of(S), Goals, Row).

sides_of(S, [H, T], Side) :-
    G =.. [H, T], explain(G, S, node(_, Rule, _, _, Kids)), member(leaf(C, _, compare), Kids), C =.. [Op, X, Y], memberchk(Op, [=<, <]), nonvar(X), nonvar(Y), !,
    low_end(X, L), high_end(Y, Hi), reads_of(Kids, X, RX), reads_of(Kids, Y, RY),
    Side = _{need:L, have:Hi, need_reads:RX, have_reads:RY, rule:Rule}.
sides_of(_, _, null).

low_end(X, L) :- ( X = span(L0, _, _) -> L = L0 ; L = X ).
high_end(X, H) :- ( X = span(_, H0, _) -> H = H0 ; H = X ).

%   What the proof read, and all that the rules beneath might read.
reads_of(Kids, V, Fields) :-
    findall(F, ( member(K, Kids), concludes(K, V, G), ( inputs_read(K, Fs), member(F, Fs) ; callable(G), functor(G, H, N), below([H/N], [], Hs), member(X, Hs), read_by(X, F) ) ), Fs0),
    sort(Fs0, Fields).

concludes(K, V, G) :- K = node(G, _, _, _, _), G =.. [_|As], member(X, As), X == V.
concludes(spread(X, _, _), V, need_over_models) :- X == V.
concludes(leaf(G, _, _), V, G) :- ( G = known(_, X) ; G = input(_, X) ), X == V.

%   below(+Agenda, +Seen, -All): rules reached from some heads.
below([], Seen, Seen).
below([P|Ps], Seen, All) :- memberchk(P, Seen), !, below(Ps, Seen, All).
below([H/N|Ps], Seen, All) :-
    functor(Head, H, N), findall(C/M, ( kb:rule(_, Head, Body, _, _), part(Body, L), functor(L, C, M), functor(Call, C, M), \+ \+ kb:rule(_, Call, _, _, _) ), New),
    append(New, Ps, Next), below(Next, [H/N|Seen], All).

read_by(H/N, F) :- functor(Head, H, N), kb:rule(_, Head, Body, _, _), part(Body, L), door:body_reads(L, F0), atom(F0), ( F = F0 ; kb:carrier(F, _, F0) ), kb:input(F).

% ---- figures to plot ----------------------------------------------------------------------------------------

%   {situation, x, y} to {points}: approaches that are viable, or may be, with the criterion x and every claim on y.
door:answer(scatter, Q, A) :-
    door:situation(Q, S), get_dict(x, Q, X), get_dict(y, Q, Y),
    findall(_{technique:T, label:L, verdict:VN, x:XJ, y:YJ, claims:Cs},
            ( kb:isa(T, 'Approach'), verdict(viable(T), S, V), V \== no, kb:criterion(X, T, XV, S, maybe), kb:fact(T, trainsOn, ownGpu),
              findall(_{value:P, low:Lo, high:Hi, source:Src, source_label:SL}, ( says(T, Y, Id), \+ refuted(Id), assertion_applies(S, Id, when, R), R \== no,
                        claim_ends(Id, Lo, Hi), P is (Lo+Hi)/2, say:cited(Id, Src, SL, _) ), Cs), Cs \== [],
              kb:criterion(Y, T, YV, S, maybe), say:named(T, L), door:name_of(V, VN, _), say:json_value(XV, XJ), say:json_value(YV, YJ) ),
            Ps0),
    sort(technique, @<, Ps0, Ps), say:named(X, XL), say:named(Y, YL), unit(X, XU), unit(Y, YU),
    A = _{points:Ps, x:XL, y:YL, x_unit:XU, y_unit:YU}.

claim_ends(Id, Lo, Hi) :- ( kb:claim_part(Id, value, V) -> Lo = V, Hi = V ; kb:claim_part(Id, low, Lo), kb:claim_part(Id, high, Hi) ), number(Lo), number(Hi).
unit(Q, U) :- ( kb:quantity(Q, _, _, U, _, _, _, _, _, _, _, _) -> true ; U = '' ).
