:- module(whatif, [what_if/4, holds/2, numeric/1, changed/3, candidate/4, landmark/2, sharpened/4, bisect/8]).

/** <module> What would have to change

A plan is a set of inputs with values; minimal: no proper subset has values
that work; exact: one step back in any number, the others held, breaks it.
Every plan is verified by the compiled rules before it is offered.
*/

:- use_module(value).
:- use_module(claims).
:- use_module(explain).
:- use_module(rank).
:- use_module(language, [leaf_of/1]).
:- use_module(residue).
:- use_module(library(lists)).
:- use_module(library(apply)).

%!  holds(+Goal, +Situation) is semidet.
holds(recommended(T), S) :- !, verdict(viable(T), S, V), V \== no, recommended(S, T).
holds(not(G), S)         :- !, verdict(G, S, no).
holds(all(Gs), S)        :- !, forall(member(G, Gs), verdict(G, S, yes)).
holds(rest(Name, Gs, K), S) :- !, get_dict(K, S, given(V)), surely(Name, Gs, V, S).
holds(G, S)              :- verdict(G, S, yes).

%   narrowed(+Goal, +Fields, +Situation, -Goal) is semidet.
%   What is left of a goal if only these fields change: the parts of its only rule that read one; fails where
%   another part does not hold. Reading is found out with a trap in a field's place, which nobody can look into unnoticed.
narrowed(Goal, Ks, S, all(Gs)) :-
    parts(Goal, Parts), !,
    foldl(trapped, Ks, S, S1), partition(springs(S1), Parts, Gs, Others), holds(all(Others), S).
narrowed(Goal, _, _, Goal).

%   sharpened(+Goal, +Field, +Situation, -Goal): a goal that holds, with all that does not hang on the field worked out.
%   It stands until the next residue is made, so it is used at once.
sharpened(Goal, K, S, rest(Name, Gs, K)) :- parts(Goal, Gs), !, forget_residues, residue(Gs, S, K, Name).
sharpened(Goal, _, _, Goal).

parts(all(Gs), Gs) :- !.
parts(Goal, Body) :-
    findall(Goal-Body0, kb:rule(_, Goal, Body0, _, _), [Goal-Body]),
    forall(member(L, Body), ( ground(L), ( leaf_of(L) -> L = isa(_, _) ; true ) )).

changed(S0, Changes, S) :- foldl(change, Changes, S0, S).
change(K-V, S0, S) :- S1 = S0.put(K, given(V)), drop_carried(K, S1, S).

%   Naming the card replaces the figure given for a card that was not named.
drop_carried(K, S0, S) :- findall(F, kb:carrier(F, K, _), Fs), foldl(dropped, Fs, S0, S).
dropped(F, S0, S) :- ( get_dict(F, S0, _) -> del_dict(F, S0, _, S) ; S = S0 ).

%!  what_if(+Goal, +Situation, +Max, -Plans) is det.
%   plan(Effort, [change(Field, From, To, Kind)], OtherCount), least effort first; sets of up to Max inputs.
what_if(Goal, S, Max, Plans) :-
    (   holds(Goal, S) -> Plans = []
    ;   levers(Goal, S, Keys, Groups),
        findall(Set, ( between(1, Max, N), length(Set, N), sublist_of(Set, Keys), touches_all(Groups, Set) ), Sets),
        foldl(try(Goal, S), Sets, [], Found),
        sort(1, @=<, Found, Plans) ).

%   Inputs that the missed leaves read and that a person could change.
levers(Goal, S, Keys, Groups) :-
    ( Goal = recommended(T) -> G = viable(T) ; Goal = not(G0) -> G = G0 ; G = Goal ),
    explain(G, S, Tree),
    findall(Ks, ( missed(Tree, Sub), inputs_read(Sub, Ks) ), Groups0), append(Groups0, Ks0),
    ( Goal = viable(_) -> sort(Groups0, Groups) ; Groups = [] ),
    ( Goal = recommended(_) -> inputs_read(Tree, More) ; More = [] ),
    append(Ks0, More, Ks1), sort(Ks1, Ks2),
    findall(E-K, ( member(K, Ks2), lever(K, S, E) ), Es), sort(Es, Sorted), findall(K, member(_-K, Sorted), Keys).

%   A change that leaves one missed condition untouched cannot be enough.
touches_all(Groups, Set) :- forall(( member(G, Groups), G \== [] ), ( member(K, Set), memberchk(K, G) )).

%   A rule whose own comparison fails is one miss, whatever leads to its figures.
missed(Tree, Sub) :- Tree = node(_,_,V,_,Kids), V \== yes, member(leaf(C,CV,_), Kids), comparison(C), CV \== yes, !, Sub = Tree.
missed(Tree, Sub) :- Tree = node(_,_,V,_,Kids), V \== yes, !, member(K, Kids), tree_verdict(K, KV), KV \== yes, missed(K, Sub).
missed(each(_,_,Kids), Sub) :- !, member(K, Kids), tree_verdict(K, KV), KV \== yes, missed(K, Sub).
missed(spread(_,_,T), Sub) :- !, missed(T, Sub).
missed(closed(L), leaf(L, no, missing)) :- !.
missed(T, T).

comparison(C) :- C =.. [Op,_,_], memberchk(Op, [=<, >=, <, >]).

lever(K, S, E) :- kb:quantity(K, _, _, _, _, _, _, _, _, E, _, _), number(E), \+ ( kb:carrier(K, F, _), get_dict(F, S, _) ).

sublist_of([], _).
sublist_of([K|Ks], Keys) :- append(_, [K|Rest], Keys), sublist_of(Ks, Rest).

try(_, _, Set, Found, Found) :- member(plan(_, Cs, _), Found), forall(member(change(K,_,_,_), Cs), memberchk(K, Set)), !.
try(Goal0, S, Set, Found0, Found) :-
    findall(plan(E, Cs, 0), ( narrowed(Goal0, Set, S, Goal), proposal(Goal, S, Set, E, Cs) ), Ps0),
    (   Ps0 == [] -> Found = Found0
    ;   sort(1, @=<, Ps0, [plan(E, Cs, _)|Others]), length(Others, N), append(Found0, [plan(E, Cs, N)], Found) ).

%   Names are tried one by one, numbers at the helpful end of their domain and then drawn back to the edge.
proposal(Goal, S, Set, Effort, Changes) :-
    partition(numeric, Set, Numbers, Names),
    findall(k(O)-Vs, name_values(Names, S, Vs, O), Combos0), keysort(Combos0, Combos), pairs_values(Combos, Tries),
    working(Names, Numbers, Set, Goal, S, Tries, Works), member(NameChanges-Extremes, Works),
    changed(S, NameChanges, S2),
    tighten(Numbers, Goal, S2, Extremes, Tight),
    \+ ( Set = [_,_|_], member(K-V, Tight), once(input_value(S, K, V0)), number(V0), V0 =:= V ),
    append(NameChanges, Tight, Cs),
    maplist(describe(S), Cs, Changes), findall(C, ( member(change(K,F,T,_), Changes), cost(K, F, T, C) ), Costs), sum_list(Costs, Effort).

%   working(..., -Works): the names that do, with the numbers' ends. Of one name among many, what hangs on it is worked out first.
working([K], Numbers, Set, all(Gs), S, Tries, Works) :- Tries = [_,_,_|_], !,
    ( maplist(extreme(S, Set), Numbers, Es) -> true ; fail ), changed(S, [K-''|Es], S0), forget_residues, residue(Gs, S0, K, Name),
    findall([K-V]-Es, ( member([K-V], Tries), changed(S, [K-V|Es], S1), surely(Name, Gs, V, S1) ), Works), forget_residues.
working(_, Numbers, Set, Goal, S, Tries, Works) :-
    findall(Cs-Es, ( member(Cs, Tries), once(( maplist(extreme(S, Set), Numbers, Es), append(Cs, Es, Cs0), changed(S, Cs0, S1), holds(Goal, S1) )) ), Works).

numeric(K) :- kb:quantity(K, _, Type, _, _, _, _, _, _, _, _, _), memberchk(Type, [integer, number]).

name_values([], _, [], 0).
name_values([K|Ks], S, [K-V|Vs], O) :- candidate(K, S, V, O1), renown(V, O0), name_values(Ks, S, Vs, O2), O is O1+O0+O2.

%   Of equally near things the one that sources speak of most comes first.
renown(V, O) :- aggregate_all(count, kb:assertion(_, V, _, _, _, _), N), O is 2/(1+N).

%   Other members of the input's class; a thing of about the same kind and size first.
candidate(K, S, V, O) :-
    kb:quantity(K, _, Type, _, _, _, _, _, _, _, _, _),
    (   Type == boolean -> member(V, [true,false]) ; kb:isa(V, Type) ),
    \+ input_value(S, K, V), usable_candidate(K, V), distance(K, S, V, O).

usable_candidate(K, V) :- K == model, !, claim_value(_{}, V, layers, _, _), ( kb:fact(V, access, A) -> A == openWeights ; true ).
usable_candidate(_, _).

distance(K, S, V, O) :- kb:carrier(_, K, Q), claim_value(S, V, Q, X, _), number(X), once(input_value(S, K, Now)), claim_value(S, Now, Q, Y, _), number(Y), Y > 0, X > 0, !, O is abs(log(X/Y)).
distance(K, S, V, O) :- kb:carrier(F, K, Q), kb:default_of(F, D), number(D), claim_value(S, V, Q, X, _), number(X), X > 0, !, O is abs(log(X/D)).
distance(K, S, V, O) :- kb:carrier(_, K, Q), claim_value(S, V, Q, X, _), number(X), !, O = X.
distance(_, _, _, 1).

extreme(S, Set, K, K-V) :-
    kb:quantity(K, _, _, _, _, Lo, Hi, _, _, _, Mono, _), once(input_value(S, K, Now)),
    ( Mono == lower -> V = Lo ; V = Hi ; Set == [K], landmark(K, V) ), ( number(Now) -> V =\= Now ; true ).

%   A figure that some source requires of the input: more can also be too much, so the way out may lie in between.
landmark(K, V) :- findall(X, ( kb:requirement(T, K), kb:claimed(T, K, Id), kb:claim_part(Id, _, X), number(X) ), Xs0), sort(Xs0, Xs), member(V, Xs).

%   Draw each number back until one step further would break it.
tighten([], _, _, Cs, Cs).
tighten([K|Ks], Goal, S, Cs0, Cs) :-
    select(K-V, Cs0, Others),
    changed(S, Others, S1), start_of(K, S1, V, From),
    edge(Goal, K, S1, From, V, Edge),
    tighten(Ks, Goal, S, [K-Edge|Others], Cs).

start_of(K, S, _, From) :- once(input_value(S, K, Now)), number(Now), !, From = Now.
start_of(K, _, V, From) :- kb:quantity(K, _, _, _, _, Lo, Hi, _, _, _, _, _), ( V =:= Hi -> From = Lo ; From = Hi ).

%   edge: From fails (or is the start), To works; the closest value to From that works.
edge(Goal, K, S, From, _, From) :- changed(S, [K-From], S1), holds(Goal, S1), !.
edge(Goal, K, S, From, To, Edge) :- kb:quantity(K, _, Type, _, _, _, _, _, _, _, _, _), changed(S, [K-To], S1), sharpened(Goal, K, S1, G), bisect(Type, 200, G, K, S, From, To, Edge).

bisect(Type, N, Goal, K, S, Bad, Good, Edge) :-
    (   ( N =:= 0 ; close_enough(Type, Bad, Good) ) -> Edge = Good
    ;   middle(Type, Bad, Good, Mid), changed(S, [K-Mid], S1), M is N-1,
        (   holds(Goal, S1) -> bisect(Type, M, Goal, K, S, Bad, Mid, Edge)
        ;   bisect(Type, M, Goal, K, S, Mid, Good, Edge) ) ).

%   Numbers that are no integers move in steps of a hundredth.
close_enough(integer, A, B) :- abs(A-B) =< 1.
close_enough(number, A, B)  :- abs(A-B) =< 0.01+1.0e-9.
middle(integer, A, B, M) :- M is (A+B)//2.
middle(number, A, B, M)  :- M is floor(((A+B)/2)*100)/100.

describe(S, K-V, change(K, From, V, Kind)) :-
    ( once(input_value(S, K, From0)), known_value(From0) -> From = From0 ; From = unset ),
    ( numeric(K) -> ( number(From), V < From -> Kind = at_most ; number(From) -> Kind = at_least ; kb:quantity(K,_,_,_,_,_,_,_,_,_,Mono,_), Mono == lower -> Kind = at_most ; Kind = at_least ) ; Kind = is ).

cost(K, From, To, C) :-
    kb:quantity(K, _, _, _, _, _, _, _, _, E, _, _),
    ( number(From), number(To) -> C is E*(1+abs(log((To+1)/(From+1))))
    ; atom(From), kb:fact(From, instead, To) -> C = E
    ; kb:carrier(_, K, Q), atom(From), claim_value(_{}, From, Q, X, _), claim_value(_{}, To, Q, Y, _), number(X), number(Y), X > 0, Y > 0 -> renown(To, O), C is E*(1+abs(log(Y/X))+O)
    ; kb:carrier(_, K, _) -> renown(To, O), C is E*(2+O)
    ; C is E*2 ).
