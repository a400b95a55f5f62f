:- module(explain, [verdict/3, explain/3, surely/3, plain_goal/4, tree_verdict/2, misses/2, inputs_read/2, within/2]).

/** <module> One reading of a rule base: the proof, or the closest attempt

explain(Goal, Situation, Tree) always answers. Tree is
    node(Goal, RuleId, Verdict, Sentence, Kids)     a rule, applied
    leaf(Literal, Verdict, Note)                    what a literal read
Verdict is yes, no or maybe(Blame). Among several rules for one head the one
that holds stands, else the one that depends, else the one that came closest.
Guarantee: the verdict of the tree is the verdict of the compiled rules.
*/

:- use_module(value).
:- use_module(claims).
:- use_module(leaves).
:- use_module(language).
:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(library(ordsets)).

%!  verdict(+Goal, +Situation, -Verdict) is det.
%   By the compiled rules: yes, no or maybe.
%   Where nothing open was read on the way, both readings of the clauses are one, and one is enough.
verdict(Goal, S, V) :- V == yes, !, plain_goal(Goal, S, sure, G), \+ \+ call(G).
verdict(Goal, S, V) :-
    nb_setval(opened, false), plain_goal(Goal, S, maybe, G2),
    (   \+ call(G2) -> V = no
    ;   ( nb_getval(opened, false) ; plain_goal(Goal, S, sure, G1), \+ \+ call(G1) ) -> V = yes
    ;   V = maybe ).

plain_goal(Leaf, S, M, leaves:plain(Leaf, S, M)) :- leaf_of(Leaf), !.
plain_goal(Goal, S, M, kb:Plain) :- Goal =.. L, append(L, [S,M], L2), Plain =.. L2.

%!  explain(+Goal, +Situation, -Tree) is det.
explain(Leaf, S, Tree) :- leaf_of(Leaf), !, once(literal(Leaf, S, Tree)).
explain(Goal, S, Tree) :- kb:proof(Goal, S, Tree), !.
explain(Goal, S, Tree) :-
    findall(Rank-T, (attempt(Goal, S, T), rank(T, Rank)), Ts),
    keysort(Ts, [_-Tree|_]), !, Tree = node(Goal, _, _, _, _).
explain(Goal, _, node(Goal, none, no, ["nothing says that ", text(Goal)], [])).

attempt(Goal, S, node(Goal, Id, V, Sentence, Kids)) :-
    kb:rule(Id, Goal, Body, Pos, Neg),
    body(Body, S, Kids, open),
    kids_verdict(Kids, V),
    ( V == no -> Sentence = Neg ; Sentence = Pos ).

%   rank: verdict first, then closed guards, then misses, then size.
rank(node(_, _, V, _, Kids), r(O, C, N, Size)) :-
    order(V, O), ( memberchk(closed(_), Kids) -> length(Kids, L), C is 1000-L ; C = 0 ),
    all_misses(Kids, N), tree_size(Kids, 0, Size).
order(yes, 0).  order(maybe(_), 1).  order(no, 2).

tree_size([], N, N).
tree_size([node(_,_,_,_,Ks)|Ts], N0, N) :- !, tree_size(Ks, N0, N1), N2 is N1+1, tree_size(Ts, N2, N).
tree_size([_|Ts], N0, N) :- N1 is N0+1, tree_size(Ts, N1, N).

%   body(+Literals, +Situation, -Kids, +State): a closed guard ends the attempt.
body([], _, [], _).
body([L|Ls], S, Kids, St) :-
    (   guard(L), \+ ( literal(L, S, K0), tree_verdict(K0, V0), V0 \== no )
    ->  Kids = [closed(L)]
    ;   literal(L, S, K), Kids = [K|Ks], body(Ls, S, Ks, St) ).

literal(not(G), S, leaf(not(G), V, Note)) :- !,
    verdict(G, S, V0), opposite(V0, V1),
    ( V1 == yes -> V = yes, Note = clear ; explain(G, S, T), Note = absent(T), ( V1 == maybe -> tree_blame(T, B), V = maybe(B) ; V = no ) ).
literal(each(X, Gen, Goal), S, each(Goal, V, Kids)) :- !,
    findall(Goal, (solutions(Gen, S), ground(X)), Goals0), sort(Goals0, Goals),
    maplist(first_literal(S), Goals, Kids), kids_verdict(Kids, V).
literal(spread(N, X, Gen, Goal, V), S, Tree) :- !,
    findall(X-N-Goal-Gen, (solutions(Gen, S), once(solutions(Goal, S))), Found0), findall(F, member(F-_, Found0), Found),
    (   Found == []
    ->  Tree = leaf(spread(N, X, Gen, Goal, V), no, missing)
    ;   findall(X1-N1, member(X1-N1-_, Found), Pairs), leaves:spread_value(Pairs, V),
        widest(Found, G), explain(G, S, T0), memberchk(_-G-Gen1, Found0), explain(Gen1, S, GT), with_kid(GT, T0, T),
        ( Found = [_] -> Tree = T ; Tree = spread(V, Found, T) ) ).
literal(V is E, _, leaf(V is E, R, calc(E))) :- !,
    ( ground(E), calc(E, V0) -> V = V0, R = yes ; R = open ).
literal(C, _, leaf(C, R, compare)) :- C =.. [Op,A,B], memberchk(Op, [=<, >=, <, >]), !,
    ( nonvar(A), nonvar(B) -> compare_values(Op, A, B, R) ; R = open ).
literal(A == B, _, leaf(A == B, R, guard)) :- !, ( same(A, B, R0) -> R = R0 ; R = no ).
literal(A \== B, _, leaf(A \== B, R, guard)) :- !, ( same(A, B, R0) -> ( R0 == yes -> R = no ; R = R0 ) ; R = yes ).
literal(L, S, K) :- leaf_of(L), !,
    (   findall(L-R-N, leaf(L, S, R, N), Found), best_first(Found, Ordered)
    ->  member(L-R-N, Ordered), K = leaf(L, R, N)
    ;   K = leaf(L, no, missing) ).
literal(G, S, T) :-
    findall(G, solutions(G, S), Gs0), list_to_set(Gs0, Gs),
    (   Gs == [] -> explain(G, S, T) ; member(G, Gs), explain(G, S, T) ).

%!  surely(+Literal, +Situation, -Tree) is nondet.
surely(L, S, K) :- literal(L, S, K), tree_verdict(K, yes).

first_literal(S, G, K) :- once(literal(G, S, K)).

with_kid(K, node(G,Id,V,Sn,Ks), node(G,Id,V,Sn,[K|Ks])) :- !.
with_kid(_, T, T).

%   Solutions that hold come before those that depend, those before misses.
best_first([], _) :- !, fail.
best_first(Found, Ordered) :-
    findall(O-F, (member(F, Found), F = _-R-_, order(R, O)), Keyed), keysort(Keyed, Sorted),
    findall(F, (member(O-F, Sorted), O < 2), Good),
    ( Good == [] -> Sorted = [_-First|_], Ordered = [First] ; Ordered = Good ).

solutions(L, S) :- leaf_of(L), !, leaf(L, S, R, _), R \== no.
solutions(G, S) :- plain_goal(G, S, maybe, P), call(P).

opposite(yes, no).  opposite(no, yes).  opposite(maybe, maybe).

widest(Found, G) :-
    findall(H-G0, (member(_-N-G0, Found), leaves:high(N, H)), Hs), sort(1, @>=, Hs, [_-G|_]).

% ---- reading a tree ------------------------------------------------------------------------------------

tree_verdict(node(_,_,V,_,_), V).
tree_verdict(leaf(_,V,_), V).
tree_verdict(each(_,V,_), V).
tree_verdict(spread(_,_,T), V) :- tree_verdict(T, V).
tree_verdict(closed(_), no).

kids_verdict(Kids, V) :-
    maplist(tree_verdict, Kids, Vs),
    (   memberchk(no, Vs) -> V = no
    ;   memberchk(open, Vs) -> V = no
    ;   findall(B, member(maybe(B), Vs), Bs), Bs \== [] -> ord_union(Bs, B), V = maybe(B)
    ;   V = yes ).

tree_blame(T, B) :- findall(X, (within(T, K), tree_verdict(K, maybe(Bl)), member(X, Bl)), Xs), sort(Xs, B).

%!  misses(+Tree, -N) is det.
%   How many literals stand in the way.
misses(node(_,_,no,_,Kids), N) :- !, all_misses(Kids, N0), N is max(1, N0).
misses(each(_,no,Kids), N) :- !, all_misses(Kids, N0), N is max(1, N0).
misses(leaf(_,no,_), 1) :- !.
misses(closed(_), 1) :- !.
misses(_, 0).

all_misses(Kids, N) :- findall(M, (member(K, Kids), misses(K, M)), Ms), sum_list(Ms, N).

%!  within(+Tree, -Subtree) is nondet.
within(T, T).
within(node(_,_,_,_,Ks), X)        :- member(K, Ks), within(K, X).
within(each(_,_,Ks), X)            :- member(K, Ks), within(K, X).
within(spread(_,_,T), X)           :- within(T, X).
within(leaf(_,_,absent(T)), X)     :- within(T, X).

%!  inputs_read(+Tree, -Fields) is det.
%   Fields of the situation that a tree read, also through conditions and requirements.
inputs_read(T, Fields) :-
    findall(K, (within(T, X), reads(X, K)), Ks), sort(Ks, Fields).

reads(leaf(input(K,_), _, _), K).
reads(leaf(known(K,_), _, _), K).
reads(leaf(unset(K), _, _), K)           :- kb:quantity(K, _, Type, _, _, _, _, _, _, _, _, _), \+ memberchk(Type, [integer,number,boolean]).
reads(leaf(measure(Q,_), _, _), K)       :- field_of(Q, K).
reads(leaf(meets(_,Q), _, _), K)         :- field_of(Q, K).
reads(leaf(applies(A), _, _), K)         :- kb:condition(A, when, _, Q, _, _), field_of(Q, K).
reads(leaf(_, maybe(B), _), K)           :- member(K, B), atom(K).

field_of(Q, Q) :- kb:input(Q).
field_of(Q, K) :- kb:carried(Q, K).
