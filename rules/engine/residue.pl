:- module(residue, [residue/4, surely/4, forget_residues/0, trapped/3, springs/2]).

/** <module> What is left of a goal when all but one thing is known

residue(Goals, Situation, Field, Name) works out, once, whatever in Goals does
not depend on what Field names, and keeps the rest as a predicate, which surely/4
asks for one thing, S being the situation with it in the field. It holds
exactly where all Goals surely hold, at a fraction of the cost; it is of no use
where a figure turns out to be no plain number (then it throws) or where anything
open was read (then leaves:opened/1 has told so). What depends on the field is found
out with a trap in its place. Values known only later are marked variables.
*/

:- use_module(leaves).
:- use_module(language).
:- use_module(explain).
:- use_module(library(lists)).
:- use_module(library(apply)).

:- dynamic shared/2, kept/2.

% ---- the trap -------------------------------------------------------------------------------------------------

%!  trapped(+Field, +Situation, -Trapped) is det.
%   A trap in a field's place, and in what it carries: nobody can look into it unnoticed.
trapped(K, S0, S) :- put_dict(K, S0, trap, S1), findall(F, ( kb:carrier(F, K, _), get_dict(F, S1, _) ), Fs), foldl(trap, Fs, S1, S).
trap(F, S0, S) :- put_dict(F, S0, trap, S).

%!  springs(+Trapped, +Goal) is semidet.
%   Whether finding a goal's verdict looks into a trap.
springs(S, G) :- catch(( verdict(G, S, _), fail ), error(type_error(compound, trap), _), true).

% ---- the residue ----------------------------------------------------------------------------------------------

attr_unify_hook(_, _).

later(V) :- ( var(V) -> put_attr(V, residue, later) ; true ).
depends(T) :- term_attvars(T, [_|_]).

%!  residue(+Goals, +Situation, +Field, -Name) is det.
%   Name is never where nothing could make them hold, none where they cannot tell. The same rest has the same name.
residue(Goals, S, Field, Name) :-
    trapped(Field, S, Trap), later(M), later(S1),
    nb_setval(doubt, false),
    findall(c([M,S1], Left), rest_of_all(Goals, env(Field, Trap, M, S1, 0), Left), Cs),
    ( nb_getval(doubt, true) -> Name = none ; Cs == [] -> Name = never ; kept_as(Cs, 2, Name) ).

%!  surely(+Name, +Goals, +Thing, +Situation) is semidet.
%   Whether all Goals surely hold: by what is left of them, or by themselves where that cannot tell.
surely(never, _, _, _)  :- !, fail.
surely(none, Gs, _, S)  :- !, all_hold(Gs, S).
surely(Name, Gs, M, S) :- catch(( left(Name, M, S) -> R = yes ; R = no ), error(_, _), R = open), ( R \== open, nb_getval(opened, false) -> R == yes ; all_hold(Gs, S) ).

all_hold(Gs, S) :- forall(member(G, Gs), verdict(G, S, yes)).

left(Name, M, S) :- nb_setval(opened, false), call(residue:Name, M, S), !.

%!  forget_residues is det.
forget_residues :- forall(retract(kept(_, N/A)), ( functor(H, N, A), retractall(residue:H) )), retractall(shared(_, _)), reset_gensym(residue_).

kept_as(Cs, Arity, Name) :-
    findall(Args-Body, ( member(c(Args0, Left), Cs), conjoined(Left, Body0), copy_term(Args0-Body0, Args-Body, _) ), Clauses),
    copy_term(Clauses, Key), numbervars(Key, 0, _), term_hash(Key, Hash),
    (   kept(Hash-Key, Name/Arity) -> true
    ;   gensym(residue_, Name), assertz(kept(Hash-Key, Name/Arity)), dynamic(residue:Name/Arity),
        forall(member(Args-Body, Clauses), ( H =.. [Name|Args], assertz((residue:H :- Body)) )) ).

conjoined([], true).
conjoined([G|Gs], (G, B)) :- conjoined(Gs, B).

rest_of_all([], _, []).
rest_of_all([L|Ls], Env, Left) :- rest(L, Env, Left1), rest_of_all(Ls, Env, Left2), append(Left1, Left2, Left).

%   rest(+Literal, +Env, -Goals) is nondet: what is left of a literal, for each way it may go.
rest(L, env(F,_,M,_,_), []) :- ( L = known(F, V) ; L = input(F, V) ), !, V = M.
rest(unset(F), env(F,_,_,_,_), _) :- !, fail.
rest(V is E, _, Left) :- !, ( \+ depends(E) -> value:calc(E, V), Left = [] ; plain_numbers(E, E1) -> Left = [V is E1], later(V) ; Left = [value:calc(E, V)], later(V) ).
rest(C, _, Left) :- C =.. [Op,A,B], memberchk(Op, [=<, >=, <, >]), !,
    ( \+ depends(C) -> compared(sure, Op, A, B), Left = [] ; plain_numbers(A, A1), plain_numbers(B, B1) -> C1 =.. [Op,A1,B1], Left = [C1] ; Left = [leaves:compared(sure, Op, A, B)] ).
rest(spread(N, X, Gen, Goal, V), Env, Left) :- \+ depends(Gen), findall(X-Left0, rest(Gen, Env, Left0), [X1-[]]), !, X = X1, same_later(X, Env), V = N,
    nb_setval(opened, false), ( rest(Goal, Env, Left) ; doubted, fail ), ignore(doubted).
rest(L, Env, Left) :- leaf_of(L), !, settled_or_left(L, Env, Left).
rest(G, Env, Left) :- \+ depends(G), solved(G, Env, Gs), !, member(G, Gs), Left = [].
rest(G, env(_,_,_,S1,40), [Goal]) :- !, compile_literal(S1, sure, G, Goal), term_variables(G, Vs), maplist(later, Vs).
rest(G, env(F,Trap,M,S1,D), Left) :-
    D1 is D+1, term_variables(G, Vs), pattern(G, Key),
    (   shared(Key, Name) -> true
    ;   findall(c([M,S1|Vs], Left0), ( kb:rule(_, G, Body, _, _), rest_of_all(Body, env(F,Trap,M,S1,D1), Left0) ), Cs),
        ( Cs = [One] -> true ; length([M,S1|Vs], N), kept_as(Cs, N, Name), assertz(shared(Key, Name)) ) ),
    (   nonvar(Name) -> Call =.. [Name,M,S1|Vs], Left = [residue:Call], maplist(later, Vs)
    ;   One = c([M,S1|Vs], Left) ).

%   A spread takes what may be as enough; what is left of it asks for what is sure: they differ where something is open.
doubted :- nb_getval(opened, true), nb_setval(doubt, true).

%   findall copies: the thing it found is the one of this environment.
same_later(X, env(_,_,M,_,_)) :- ( attvar(X) -> X = M ; true ).

%   The same call with the same things known leaves the same.
pattern(G, Key) :- copy_term(G, Key, _), term_variables(G, Vs), term_variables(Key, Ks), maplist(mark, Vs, Ks), numbervars(Key, 0, _).
mark(V, K) :- ( attvar(V) -> K = '$later'(_) ; true ).

settled_or_left(L, Env, Left) :- \+ depends(L), solved(L, Env, Ls), !, member(L, Ls), Left = [].
settled_or_left(L, env(_,_,_,S1,_), [Goal]) :- compile_literal(S1, sure, L, Goal), term_variables(L, Vs), maplist(later, Vs).

%   All sure solutions, unless finding them looks into the trap.
solved(L, env(_,Trap,_,_,_), Ls) :- catch(findall(L, ( compile_literal(Trap, sure, L, G), call(G) ), Ls), error(type_error(compound, trap), _), fail).

%   The engine's arithmetic as Prolog's own; a span keeps to the engine's.
plain_numbers(E, E) :- ( var(E) ; number(E) ), !.
plain_numbers(A//B, ceiling(X/Y)) :- !, plain_numbers(A, X), plain_numbers(B, Y).
plain_numbers(A^B, X**Y) :- !, plain_numbers(A, X), plain_numbers(B, Y).
plain_numbers(E, F) :- compound(E), E =.. [Op,A|As], memberchk(Op, [+, -, *, /, max, min]), plain_numbers(A, X), ( As = [B] -> plain_numbers(B, Y), F =.. [Op,X,Y] ; As == [], F =.. [Op,X] ).
