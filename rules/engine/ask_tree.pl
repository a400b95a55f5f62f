:- module(ask_tree, [walk/5, leaf_path/2]).

/** <module> The trees of the sources: replayed for a situation

A tree is testimony. tree walks it for what the person said, and for nothing
else: no default decides. Where that does not tell, the walk ends in an open
question. An explicit answer, by id or by label, goes before the situation.
*/

:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(claims).
:- use_module(say).
:- use_module(door).

:- multifile door:answer/3.
:- discontiguous door:answer/3.

door:answer(trees, _, _{trees:Ts}) :-
    findall(J, ( kb:isa(T, 'Tree'), tree_head(T, J) ), Ts0), sort(label, @=<, Ts0, Ts).
door:answer(tree, Q, A) :-
    get_dict(tree, Q, T), said(Q, S), explicit(Q, Ex), tree_head(T, H),
    tree_nodes(T, Nodes), walks(T, S, Ex, Walks), tally(Walks, Tally), sequence_steps(T, S, Steps, Next), opened(T, Steps, Opens),
    situation_json(S, SitJ),
    put_dict(_{walks:Walks, tally:Tally, nodes:Nodes, steps:Steps, next:Next, opens:Opens, situation:SitJ}, H, A).

%   Only what was said, not what would be assumed.
said(Q, S) :- get_dict(situation, Q, D), dict_pairs(D, _, Ps), findall(K-given(V), member(K-V, Ps), Gs), dict_pairs(S, s, Gs).

explicit(Q, Ex) :- ( get_dict(answers, Q, Ex0), is_list(Ex0) -> maplist(lowered, Ex0, Ex) ; Ex = [] ).
lowered(X, Y) :- downcase_atom(X, Y).

tree_head(T, _{tree:T, label:L, kind:K, aliases:As, source:So, source_label:SL, locator:Lo, text:Tx, questions:NQ, answers:NA}) :-
    named(T, L), tree_kind(T, K), findall(X, kb:alias(T, X), As), place(T, So, SL, Lo), text_of(T, Tx),
    findall(X, reachable(T, X), Qs), length(Qs, NQ), findall(X, ( member(Y, Qs), kb:fact(Y, answer, X) ), Xs), length(Xs, NA).

tree_kind(T, gate)     :- kb:isa(T, 'Gate'), !.
tree_kind(T, sequence) :- kb:isa(T, 'Sequence'), !.
tree_kind(_, tree).

place(N, So, SL, Lo) :- kb:tree_place(N, So, Lo), !, ( kb:source(So, SL, _, _) -> true ; SL = So ).
place(_, '', '', '').

text_of(X, T) :- ( kb:text(X, T) -> true ; T = "" ).

% ---- the whole tree ------------------------------------------------------------------------------------------

%!  entry(+Tree, -Role, -Question) is nondet.
%   Where a tree begins: its roots, then the questions printed beside it; each in order.
entry(T, Role, Q) :- member(Role, [root, besides]), findall(O-Q0, ( kb:fact(T, Role, Q0), order_of(Q0, O) ), Ks), keysort(Ks, Sorted), member(_-Q, Sorted).

%!  reachable(+Tree, -Question) is nondet.
%   Its questions, each once, in order.
reachable(T, Q) :-
    findall(Q0, entry(T, _, Q0), Es), reach(Es, [], Seen), findall(O-X, ( member(X, Seen), order_of(X, O) ), Ks), keysort(Ks, Sorted), member(_-Q, Sorted).

reach([], Seen, Seen).
reach([Q|Qs], Seen, Out) :- memberchk(Q, Seen), !, reach(Qs, Seen, Out).
reach([Q|Qs], Seen, Out) :- findall(N, ( kb:fact(Q, answer, A), kb:fact(A, leadsTo, N) ), Ns), append(Ns, Qs, More), reach(More, [Q|Seen], Out).

order_of(X, O) :- ( kb:fact(X, order, O0) -> O = O0 ; O = 0 ).
answers_of(Q, As) :- findall(O-A, ( kb:fact(Q, answer, A), order_of(A, O) ), Ks), keysort(Ks, Sorted), findall(A, member(_-A, Sorted), As).
leads(A, Qs) :- findall(O-Q, ( kb:fact(A, leadsTo, Q), order_of(Q, O) ), Ks), keysort(Ks, Sorted), findall(Q, member(_-Q, Sorted), Qs).

tree_nodes(T, Nodes) :- findall(J, ( reachable(T, Q), node_json(T, Q, J) ), Nodes).
node_json(T, Q, _{question:Q, label:L, kind:K, role:R, in_order:I, conditions:C, answers:As, source:So, source_label:SL, locator:Lo}) :-
    named(Q, L), ( kb:isa(Q, 'Listing') -> K = listing ; K = question ), ( kb:fact(T, root, Q) -> R = root ; kb:fact(T, besides, Q) -> R = besides ; R = inner ),
    ( kb:fact(Q, inOrder, true) -> I = true ; I = false ), conditions(Q, when, C), place(Q, So, SL, Lo), answers_of(Q, Ids), findall(A, ( member(Id, Ids), answer_json(Q, Id, A) ), As).
answer_json(Q, A, _{answer:A, label:L, conditions:C, otherwise:Ot, preferred:P, mark:M, leads_to:Ls, outcome:Out, locator:Lo}) :-
    named(A, L), conditions(A, when, C), ( kb:fact(A, otherwise, true) -> Ot = true ; Ot = false ), ( kb:fact(Q, preferred, A) -> P = true ; P = false ),
    ( kb:fact(A, mark, M) -> true ; M = '' ), leads(A, Ls), outcome(A, Out), ( kb:fact(A, locator, Lo) -> true ; place(Q, _, _, Lo) ).

conditions(X, Role, C) :- ( kb:condition(X, Role, _, _, _, _) -> findall(J, condition_json(X, Role, J), C) ; C = [] ).
condition_json(X, Role, _{field:Q, label:L, tests:Ts, text:T}) :-
    findall(Q0-Node0, kb:condition(X, Role, Node0, Q0, _, _), QNs0), sort(QNs0, QNs), member(Q-Node, QNs), named(Q, L),
    findall(_{test:Op, value:V}, kb:condition(X, Role, Node, Q, Op, V), Ts),
    findall(W, ( kb:condition(X, Role, Node, Q, Op, V), memberchk(Op, [value, one_of]), quantity_text(Q, V, W) ), Ones),
    findall(W, ( member(Op-Word, [at_least-"at least", above-"above", at_most-"at most", below-"below"]), kb:condition(X, Role, Node, Q, Op, V), quantity_text(Q, V, VT), format(string(W), "~w ~w", [Word,VT]) ), Bounds),
    atomic_list_concat(Ones, ' or ', OneT), ( Ones == [] -> Ws = Bounds ; Ws = [OneT|Bounds] ), atomic_list_concat(Ws, ', ', WT), format(string(T), "~w: ~w", [L,WT]).

%!  outcome(+Answer, -Outcome) is det.
%   What an answer says, or null where it only leads on.
outcome(A, _{things:Ts, figures:Fs, text:Tx}) :-
    findall(_{role:R, id:X, label:L, kind:K}, ( outcome_role(R), findall(X0, kb:fact(A, R, X0), Xs0), sort(Xs0, Xs), member(X, Xs), named(X, L), thing_kind(X, K) ), Ts),
    findall(F, figure_json(A, F), Fs), text_of(A, Tx), \+ ( Ts == [], Fs == [], ( Tx == "" ; kb:fact(A, leadsTo, _) ) ), !.
outcome(_, null).

outcome_role(R) :- member(R, [recommends, considers, discourages, alternative, budgetPick, advancedPick, specialPick, fits, fitsTightly, doesNotFit]).

thing_kind(X, K) :- member(C-K, ['Technique'-technique, 'Model'-model, 'Platform'-platform, 'Tool'-tool]), kb:isa(X, C), !.
thing_kind(_, thing).

figure_json(A, _{field:Q, label:L, unit:U, values:Vs, low:Low, high:High, text:T}) :-
    findall(Q0-N, kb:tree_figure(A, N, Q0, _, _), Ks0), sort(Ks0, Ks), member(Q-N, Ks), named(Q, L),
    ( kb:quantity(Q, _, _, U, _, _, _, _, _, _, _, _) -> true ; U = '' ),
    findall(V, kb:tree_figure(A, N, Q, value, V), Vs0), sort(Vs0, Vs),
    ( kb:tree_figure(A, N, Q, low, Low) -> true ; Low = null ), ( kb:tree_figure(A, N, Q, high, High) -> true ; High = null ), figure_text(Q, Vs, Low, High, T).
figure_text(Q, [V|Vs], _, _, T)      :- !, maplist(value_text, [V|Vs], Ts0), append(Init, [_], Ts0), quantity_last(Q, [V|Vs], Last), append(Init, [Last], Ts), atomic_list_concat(Ts, ' or ', T).
figure_text(Q, [], Low, null, T)     :- !, quantity_text(Q, Low, A), format(string(T), "~w or more", [A]).
figure_text(Q, [], Low, High, T)     :- value_text(Low, A), quantity_text(Q, High, B), format(string(T), "~w to ~w", [A,B]).
quantity_last(Q, Vs, T) :- last(Vs, V), quantity_text(Q, V, T).

% ---- walking it ------------------------------------------------------------------------------------------------

%   Every root is walked; a question beside the tree only where an answer to it is known.
walks(T, S, Ex, Walks) :-
    findall(_{root:Q, role:R, path:Path, outcome:Out, open:Open},
            ( entry(T, R, Q), walk(Q, S, Ex, Steps, End), ( R == besides -> Steps \== [] ; true ), maplist(step_json, Steps, Path), end_json(End, S, Out, Open) ), Walks).

%!  walk(+Question, +Situation, +Explicit, -Steps, -End) is det.
%   Steps are step(Question, Answer, By, Also); End is outcome(Answer) or open(Question).
walk(Q, S, Ex, Steps, End) :- walk(Q, S, Ex, [], Steps, End).
walk(Q, S, Ex, Seen, Steps, End) :-
    (   \+ memberchk(Q, Seen), chosen(Q, S, Ex, A, By, Also)
    ->  Steps = [step(Q,A,By,Also)|More],
        ( next(A, S, Ex, Q2) -> walk(Q2, S, Ex, [Q|Seen], More, End) ; More = [], End = outcome(A) )
    ;   Steps = [], End = open(Q) ).

%   Of several questions that may follow, the first that has an answer.
next(A, S, Ex, Q) :- leads(A, [Q1|Qs]), ( member(Q, [Q1|Qs]), chosen(Q, S, Ex, _, _, _) -> true ; Q = Q1 ).

%!  chosen(+Question, +Situation, +Explicit, -Answer, -By, -Also) is semidet.
%   By is answer, situation or otherwise; Also are other answers that hold as well.
chosen(Q, _, Ex, A, answer, []) :- answers_of(Q, As), member(A, As), named_in(A, Ex), !.
chosen(Q, S, _, A, situation, Also) :-
    answers_of(Q, As), findall(K-A0, ( nth1(I, As, A0), holds_for(A0, S, N), answer_key(Q, S, A0, N, I, K) ), Ks), Ks \== [], !,
    keysort(Ks, [_-A|Rest]), findall(B, member(_-B, Rest), Also).
chosen(Q, S, _, A, otherwise, []) :-
    answers_of(Q, As), member(A, As), kb:fact(A, otherwise, true), !,
    forall(( member(B, As), B \== A ), ( kb:condition(B, when, _, _, _, _), assertion_applies(S, B, when, no) )).

named_in(A, Ex) :- memberchk(A, Ex), !.
named_in(A, Ex) :- named(A, L), lowered(L, Lo), memberchk(Lo, Ex).

holds_for(A, S, N) :- kb:condition(A, when, _, _, _, _), !, assertion_applies(S, A, when, yes(N)).

%   Read from the top, or: more conditions met, then the very thing named before its kin, then the place.
answer_key(Q, _, _, _, I, k(0,0,I)) :- kb:fact(Q, inOrder, true), !.
answer_key(_, S, A, N, I, k(M,E,I)) :- M is -N, ( kb:condition(A, when, _, F, value, V), atom(V), \+ ( measure(S, F, V0), V0 == V ) -> E = 1 ; E = 0 ).

step_json(step(Q,A,By,Also), _{question:Q, label:QL, answer:A, answer_label:AL, by:By, also:Also}) :- named(Q, QL), named(A, AL).

end_json(outcome(A), _, Out, null) :- outcome(A, Out).
end_json(open(Q), S, null, _{question:Q, label:L, kind:K, fields:Fs, preferred:Ps, answers:As}) :-
    named(Q, L), ( kb:isa(Q, 'Listing') -> K = listing ; K = question ), answers_of(Q, Ids), findall(P, ( member(P, Ids), kb:fact(Q, preferred, P) ), Ps),
    findall(F, ( member(A, Ids), kb:condition(A, when, _, _, _, _), assertion_applies(S, A, when, maybe(_, B)), member(F, B), atom(F) ), Fs0), list_to_set(Fs0, Fs),
    findall(J, ( member(A, Ids), answer_json(Q, A, J) ), As).

%   Where several questions are asked side by side: how many answers point to each technique.
tally(Walks, Tally) :-
    findall(X, ( member(W, Walks), get_dict(outcome, W, O), is_dict(O), get_dict(things, O, Ts), member(T, Ts), get_dict(role, T, recommends), get_dict(kind, T, technique), get_dict(id, T, X) ), Xs),
    ( Walks = [_,_|_] -> sort(Xs, Set), findall(_{technique:X, label:L, count:N}, ( member(X, Set), named(X, L), findall(x, member(X, Xs), Ns), length(Ns, N) ), T0), sort(count, @>=, T0, Tally) ; Tally = [] ).

% ---- sequences ------------------------------------------------------------------------------------------------

sequence_steps(T, S, Steps, Next) :-
    findall(O-X, ( kb:fact(T, step, X), order_of(X, O) ), Ks), keysort(Ks, Sorted),
    findall(_{step:X, order:O, label:L, state:St, conditions:C, outcome:Out}, ( member(O-X, Sorted), named(X, L), step_state(S, X, St), conditions(X, doneWhen, C), outcome(X, Out) ), Steps),
    ( member(J, Steps), get_dict(state, J, St1), St1 \== done -> get_dict(step, J, Next) ; Next = null ).

step_state(S, X, State) :-
    (   kb:condition(X, doneWhen, _, _, _, _) -> assertion_applies(S, X, doneWhen, R), ( R = yes(_) -> State = done ; R = no -> State = missing ; State = open )
    ;   State = open ).

opened(T, Steps, _{technique:F, label:L, text:Tx, due:Due}) :-
    kb:fact(T, opens, F), !, named(F, L), text_of(T, Tx),
    (   member(J, Steps), get_dict(state, J, missing) -> Due = no ; member(J, Steps), get_dict(state, J, open) -> Due = open ; Due = yes ).
opened(_, _, null).

% ---- leaves -------------------------------------------------------------------------------------------------------

%!  leaf_path(+Tree, -Path) is nondet.
%   Path is a list of Question-Answer from where the tree begins to an answer that leads nowhere.
leaf_path(T, Path) :- entry(T, _, Q), leaf_path(Q, [], Path).
leaf_path(Q, Seen, [Q-A|Path]) :-
    \+ memberchk(Q, Seen), answers_of(Q, As), member(A, As),
    ( leads(A, [Q2|_]) -> leaf_path(Q2, [Q|Seen], Path) ; Path = [] ).
