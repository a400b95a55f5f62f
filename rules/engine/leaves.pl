:- module(leaves, [leaf/4, plain/3, fact_plain/4, isa_plain/3, unset_plain/2, stated/3, bounds_result/3, spread_plain/6, bound/2, unless/3, equal/3, distinct/3, compared/4, guard/1]).

/** <module> What the literals of a rule mean

leaf(Literal, Situation, Result, Note) is the one definition of every leaf:
Result is yes, no or maybe(Blame); Note says what it read. plain/3 is the same
without the note, for the compiled clauses.
*/

:- use_module(value).
:- use_module(claims).
:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(library(ordsets)).

%!  guard(+Literal) is semidet.
%   A literal that says which cases a rule speaks of: its failure is no miss.
guard(known(_,_)).  guard(unset(_)).  guard(claimed(_,_,_)).  guard(fact(_,_,_)).  guard(isa(_,_)).
guard(required(_,_)).  guard(trusted(_,_,_)).  guard(_ == _).  guard(_ \== _).  guard(today(_)).

%!  leaf(+Literal, +Situation, -Result, -Note) is nondet.
%   Fails where the literal has no solution (and is then a miss or a closed guard).
leaf(input(K,V), S, R, input(K,V0))      :- input_value(S, K, V0), same(V0, V, R).
leaf(known(K,V), S, R, input(K,V0))      :- stated(S, K, V0), same(V0, V, R).
leaf(unset(K), S, yes, unset(K))         :- \+ stated(S, K, _).
leaf(claim(A,Q,V), S, R, claim(A,Q,V0,N))   :- claim_value_or_unknown(S, A, Q, V0, N), same(V0, V, R).
leaf(claimed(A,Q,V), S, R, claim(A,Q,V0,N)) :- claim_value(S, A, Q, V0, N), same(V0, V, R).
leaf(fact(A,P,B), _, R, fact(A,P,B))     :- stated_fact(A, P, B, R).
leaf(isa(X,C), _, R, isa(X,C))           :- ( nonvar(X), X = unknown(B) -> R = maybe(B) ; kb:isa(X, C), R = yes ).
leaf(trusted(T,Q,V), S, yes, claim(T,Q2,V,claim(Id,[]))) :- trusted_says(S, T, Q, Q2, V, Id).
leaf(required(T,Q), _, yes, required(T,Q)) :- required_quantity(T, Q).
leaf(meets(T,Q), S, R, requirement(T,Q,V,Bounds)) :- met(S, T, Q, V, Bounds, R).
leaf(applies(A), S, R, applies(A))       :- assertion_applies(S, A, when, R0), result(R0, R).
leaf(measure(Q,V), S, R, measure(Q,V0))  :- measure(S, Q, V0), same(V0, V, R).
leaf(before(D,E), _, R, before(D,E))     :- ( D @< E -> R = yes ; R = no ).
leaf(today(D), S, yes, today(D))         :- get_dict(as_of, S, G), arg(1, G, D).

stated(S, K, V) :- get_dict(K, S, G), !, arg(1, G, V0), ( is_list(V0) -> member(V, V0) ; V = V0 ).
stated(S, K, V) :- kb:carrier(K, _, _), input_value(S, K, V), known_value(V).

stated_fact(A, P, B, R) :- nonvar(A), A = unknown(Bl), !, ( var(B) -> B = unknown(Bl), R = maybe(Bl) ; R = maybe(Bl) ), ( P = _ ).
stated_fact(A, P, B, maybe(Bl)) :- nonvar(B), B = unknown(Bl), !, once(kb:fact(A, P, _)).
stated_fact(A, P, B, yes) :- kb:fact(A, P, B).

result(yes(_), yes).
result(no, no).
result(maybe(_, B), maybe(B)).

%   All bounds of a requirement against the best measure of the situation.
met(S, T, Q, V, Bounds, R) :-
    findall(b(Op,B,N), requirement(S, T, Q, Op, B, N), Bounds),
    findall(R0-V0, (measure(S, Q, V0), bounds_result(Bounds, V0, R0)), Rs),
    (   memberchk(yes-V1, Rs) -> V = V1, R = yes
    ;   member(maybe(B)-V1, Rs) -> V = V1, R = maybe(B)
    ;   Rs = [no-V|_], R = no ).

bounds_result([], _, yes).
bounds_result([b(Op,B,_)|Bs], V, R) :-
    bound_result(Op, V, B, R1), bounds_result(Bs, V, R2), worse(R1, R2, R).

bound_result(at_least, V, B, R) :- !, compare_values(>=, V, B, R).
bound_result(at_most, V, B, R)  :- !, compare_values(=<, V, B, R).
%   What no source states of a flag or a name is open, not absent.
bound_result(Op, span(_,_,Bl), B, maybe(Bl)) :- memberchk(Op, [one_of, value]), \+ number(B), \+ ( is_list(B), member(X, B), number(X) ), !.
bound_result(one_of, V, Bs, R)  :- !, ( member(B, Bs), same(V, B, R0) -> R = R0 ; R = no ).
bound_result(value, V, B, R)    :- ( number(V), number(B) -> compare_values(>=, V, B, R) ; same(V, B, R0) -> R = R0 ; R = no ).

worse(no, _, no) :- !.
worse(_, no, no) :- !.
worse(maybe(A), maybe(B), maybe(C)) :- !, ord_union(A, B, C).
worse(maybe(A), _, maybe(A)) :- !.
worse(_, R, R).

% ---- the same for compiled clauses ------------------------------------------------------------------

plain(Lit, S, M) :- leaf(Lit, S, R, _), accept(M, R).

accept(_, yes) :- !.
accept(M, maybe(_)) :- opened(M).

%   Something open was read: mode maybe takes it as enough, and explain:verdict/3 must ask twice.
opened(M) :- nb_setval(opened, true), M == maybe.

fact_plain(A, P, B, M) :- nonvar(A), A = unknown(_), !, plain(fact(A,P,B), s{}, M).
fact_plain(A, P, B, M) :- nonvar(B), B = unknown(_), !, plain(fact(A,P,B), s{}, M).
fact_plain(A, P, B, _) :- kb:fact(A, P, B).

isa_plain(X, _, M) :- nonvar(X), X = unknown(_), !, opened(M).
isa_plain(X, C, _) :- kb:isa(X, C).

unset_plain(K, S) :- \+ stated(S, K, _).

compared(M, Op, A, B) :- compare_values(Op, A, B, R), !, accept(M, R).

equal(M, A, B) :- same(A, B, R), accept(M, R).

distinct(M, A, B) :- ( same(A, B, R) -> R = maybe(_), opened(M) ; true ).

unless(sure, maybe, G) :- \+ G.
unless(maybe, sure, G) :- \+ G.

bound(_, G) :- G.

%!  spread_plain(+N, +X, :Generator, :Goal, -Value, +Mode) is semidet.
%   Duplicates of N are one; several make a span, blamed on whatever left X open.
spread_plain(N, X, Gen, Goal, V, _) :-
    findall(X-N, (Gen, once(Goal)), Ns), Ns \== [],
    spread_value(Ns, V).

spread_value([_-N], V) :- !, V = N.
spread_value(Ns, V) :-
    findall(L, (member(_-N, Ns), low(N, L)), Ls), findall(H, (member(_-N, Ns), high(N, H)), Hs),
    findall(Bl, (member(_-N, Ns), blame_of(N, Bl)), Bls), ord_union([[model]|Bls], Bs),
    min_list(Ls, Lo), max_list(Hs, Hi),
    ( Lo =:= Hi -> V = Lo ; V = span(Lo, Hi, Bs) ).

low(span(L,_,_), L) :- !.
low(N, N).
high(span(_,H,_), H) :- !.
high(N, N).
