:- module(value, [calc/2, compare_values/4, same/3, known_value/1, blame_of/2]).

/** <module> Numbers that may not be known

A value is a number, a boolean or a name; or span(Low, High, Blame), a number
known only to lie between two bounds; or unknown(Blame), a name not known.
Blame is an ordered set of what would have to be said to know it: fields of
the situation, or nobody(About, Quantity) where no source has said anything.
Bounds are finite always (an input's domain), so sums never meet infinity.
*/

:- use_module(library(ordsets)).

%!  calc(+Expression, -Value) is det.
%   The value of an arithmetic expression over numbers and spans.
calc(E, V)            :- number(E), !, V = E.
calc(span(L,H,B), V)  :- !, V = span(L,H,B).
calc(unknown(B), V)   :- !, V = span(0, 1.0e18, B).
calc(true, V)         :- !, V = 1.
calc(false, V)        :- !, V = 0.
calc(E, V)            :- E =.. [Op,A,B], !, calc(A, X), calc(B, Y), apply(Op, X, Y, V).
calc(E, V)            :- E =.. [Op,A], calc(A, X), apply(Op, X, V).

apply(Op, X, Y, V) :- number(X), number(Y), !, exact(Op, X, Y, V).
apply(Op, X, Y, V) :-
    ends(X, XL, XH, XB), ends(Y, YL, YH, YB), ord_union(XB, YB, B),
    bounds(Op, XL, XH, YL, YH, L, H),
    narrow(L, H, B, V).

apply(Op, X, V) :- number(X), !, E =.. [Op,X], V is E.
apply(Op, span(L0,H0,B), V) :- A =.. [Op,L0], Z =.. [Op,H0], L is A, H is Z, L1 is min(L,H), H1 is max(L,H), narrow(L1, H1, B, V).

exact(+, X, Y, V)   :- V is X+Y.
exact(-, X, Y, V)   :- V is X-Y.
exact(*, X, Y, V)   :- V is X*Y.
exact(/, X, Y, V)   :- Y =\= 0, V is X/Y.
exact(max, X, Y, V) :- V is max(X,Y).
exact(min, X, Y, V) :- V is min(X,Y).
exact(^, X, Y, V)   :- V is X**Y.
exact(//, X, Y, V)  :- V is ceiling(X/Y).

bounds(+, A, B, C, D, L, H)   :- L is A+C, H is B+D.
bounds(-, A, B, C, D, L, H)   :- L is A-D, H is B-C.
bounds(*, A, B, C, D, L, H)   :- P is A*C, Q is A*D, R is B*C, S is B*D, L is min(min(P,Q),min(R,S)), H is max(max(P,Q),max(R,S)).
bounds(/, A, B, C, D, L, H)   :- ( C > 0 ; D < 0 ), !, P is A/C, Q is A/D, R is B/C, S is B/D, L is min(min(P,Q),min(R,S)), H is max(max(P,Q),max(R,S)).
bounds(/, _, _, _, _, 0, 1.0e18).
bounds(max, A, B, C, D, L, H) :- L is max(A,C), H is max(B,D).
bounds(min, A, B, C, D, L, H) :- L is min(A,C), H is min(B,D).
bounds(^, A, B, C, _, L, H)   :- L is A**C, H is B**C.
bounds(//, A, B, C, D, L, H)  :- bounds(/, A, B, C, D, L0, H0), L is ceiling(L0), H is ceiling(H0).

ends(X, X, X, [])            :- number(X), !.
ends(span(L,H,B), L, H, B)   :- !.
ends(unknown(B), 0, 1.0e18, B).

narrow(L, H, _, V) :- L =:= H, !, V = L.
narrow(L, H, B, span(L,H,B)).

%!  compare_values(+Op, +X, +Y, -Result) is det.
%   Result is yes, no or maybe(Blame).
compare_values(Op, X, Y, R) :- number(X), number(Y), !, ( holds(Op, X, Y) -> R = yes ; R = no ).
compare_values(Op, X, Y, R) :-
    calc(X, X1), calc(Y, Y1), ends(X1, XL, XH, XB), ends(Y1, YL, YH, YB), ord_union(XB, YB, B),
    (   always(Op, XL, XH, YL, YH) -> R = yes
    ;   sometimes(Op, XL, XH, YL, YH) -> R = maybe(B)
    ;   R = no ).

holds(=<, X, Y) :- X =< Y.
holds(>=, X, Y) :- X >= Y.
holds(<, X, Y)  :- X < Y.
holds(>, X, Y)  :- X > Y.
holds(=:=, X, Y) :- X =:= Y.
holds(=\=, X, Y) :- X =\= Y.

always(=<, _, XH, YL, _) :- XH =< YL.
always(<,  _, XH, YL, _) :- XH < YL.
always(>=, XL, _, _, YH) :- XL >= YH.
always(>,  XL, _, _, YH) :- XL > YH.
always(=:=, X, X, Y, Y)  :- X =:= Y.
always(=\=, XL, XH, YL, YH) :- ( XH < YL ; YH < XL ), !.
sometimes(=<, XL, _, _, YH) :- XL =< YH.
sometimes(<,  XL, _, _, YH) :- XL < YH.
sometimes(>=, _, XH, YL, _) :- XH >= YL.
sometimes(>,  _, XH, YL, _) :- XH > YL.
sometimes(=:=, XL, XH, YL, YH) :- XL =< YH, YL =< XH.
sometimes(=\=, _, _, _, _).

%!  same(+X, ?Y, -Result) is semidet.
%   X, which may be unknown, is Y; an unbound Y becomes X.
same(X, Y, yes)   :- var(Y), !, Y = X.
same(X, Y, yes)   :- X == Y, !.
same(unknown(B), _, maybe(B)) :- !.
same(_, unknown(B), maybe(B)) :- !.
same(X, Y, R)     :- ( number(X) ; X = span(_,_,_) ), ( number(Y) ; Y = span(_,_,_) ), !, compare_values(=:=, X, Y, R), R \== no.

known_value(V) :- V \= span(_,_,_), V \= unknown(_).

blame_of(span(_,_,B), B) :- !.
blame_of(unknown(B), B)  :- !.
blame_of(_, []).
