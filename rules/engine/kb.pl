:- module(kb, [derive/0, raw/1, derived/1]).

/** <module> The facts rules stand on

Raw facts come from the views of the ontology, one predicate a view. What follows
from them alone, whatever the situation, is derived once when they are built.
*/

:- use_module(library(lists)).
:- use_module(library(pairs)).

%!  raw(?Name/Arity) is nondet.
raw(isa/2).  raw(label/2).  raw(alias/2).  raw(definition/2).  raw(fact/3).  raw(setting/3).  raw(rehearsal/3).  raw(optimizer_keyword/3).  raw(quantity/12).  raw(input/3).  raw(settable/2).
raw(carrier/3).  raw(claim_row/5).  raw(assertion/6).  raw(source/4).  raw(evidence/2).  raw(condition/6).  raw(advice/3).  raw(statement/3).
raw(text/2).  raw(class_of_quantity/2).  raw(item/3).  raw(tree_figure/5).  raw(tree_place/3).  raw(saying/12).  raw(ranked_by/6).

%!  derived(?Name/Arity) is nondet.
derived(claimed/3).  derived(claim_part/3).  derived(requirement/2).  derived(settled/5).  derived(trainable/1).  derived(carried/2).
derived(default_of/2).  derived(item_source/3).  derived(input/1).  derived(concluded/1).  derived(needs/3).  derived(dated/3).  derived(chosen_where/4).  derived(silent/1).  derived(lent/3).  derived(against/2).  derived(commonest/1).

:- forall(( raw(P) ; derived(P) ), ( multifile(P), dynamic(P), discontiguous(P) )).

:- multifile rule/5, rule_file/3, proof/3, derived/4, setting/5.
:- dynamic rule/5, rule_file/3, proof/3, derived/4, setting/5.

%!  derive is det.
derive :-
    inherit,
    forall(claim_row(Id, A, Q, Part, V), ( once_only(claimed(A, Q, Id)), once_only(claim_part(Id, Part, V)) )),
    forall(input(F, _, _), once_only(input(F))),
    forall(class_of_quantity(Q, C), ( quantity(F, _, C, _, _, _, _, _, _, _, _, _), input(F), \+ carried(Q, _) -> once_only(carried(Q, F)) ; true )),
    forall(( quantity(F, _, _, _, D, _, _, _, _, _, _, _), D \== '' ), once_only(default_of(F, D))),
    forall(( claim_row(_, A, Q, Part, _), isa(A, 'Technique'), requires(Part, Q) ), once_only(requirement(A, Q))),
    forall(( isa(T, 'Approach'), fact(T, trainsOn, ownGpu) ), once_only(trainable(T))),
    forall(item(I, S, L), once_only(item_source(I, S, L))),
    forall(( rule(_, Head, _, _, _), Head = derived(F, _) ), once_only(concluded(F))),
    forall(setof(Role, N^Q^Op^V^condition(Id, Role, N, Q, Op, V), Roles), forall(member(Ro, Roles), ( conditions_of(Id, Ro, Cs), assertz(needs(Id, Ro, Cs)) ))),
    forall(( assertion(Id, _, _, _, _, _), once(( fact(Id, validFrom, _) ; fact(Id, validUntil, _) )) ), ( first_day(Id, From), last_day(Id, Until), assertz(dated(Id, From, Until)) )),
    forall(( input(Q), \+ carrier(Q, _, _), \+ concluded(Q), quantity(Q, _, Type, _, _, _, _, _, _, _, _, _), \+ memberchk(Type, [integer, number]) ), once_only(silent(Q))),
    forall(( advice(X, avoid, A), isa(T, 'Technique'), ( X = T ; of_family(T, X) ) ), once_only(against(T, A))),
    index_advice,
    lend,
    settle_all,
    retractall(claim_row(_, _, _, _, _)).   % told by claimed/3 and claim_part/3 now

%   Advice that chooses an approach, by what it demands of the quantity that most advice speaks of; '' where nothing.
index_advice :-
    findall(Q, ( choice(_, A), condition(A, when, _, Q, _, _) ), Qs0), msort(Qs0, Qs), pairs_keys_values(Ps, Qs, Qs), group_pairs_by_key(Ps, Groups),
    findall(N-Q, ( member(Q-Gs, Groups), length(Gs, N) ), Ns), sort(1, @>=, Ns, [_-Most|_]), !, assertz(commonest(Most)),
    forall(choice(T, A), ( needs(A, when, Cs), memberchk(c(Most,Ones,[]), Cs), Ones \== [] -> forall(member(V, Ones), once_only(chosen_where(Most, V, T, A))) ; once_only(chosen_where(Most, '', T, A)) )).
index_advice.

of_family(T, F) :- fact(T, family, F0), ( F = F0 ; of_family(F0, F) ).

choice(T, A) :- advice(T, choose, A), isa(T, 'Approach').

%   The conditions of an assertion, ready to be walked: c(Quantity, Alternatives, Bounds).
conditions_of(Id, Role, Cs) :-
    findall(Q-N, condition(Id, Role, N, Q, _, _), Keys0), sort(Keys0, Keys),
    findall(c(Q, Ones, Rest), ( member(Q-N, Keys), findall(V, condition(Id, Role, N, Q, one_of, V), Ones),
                                findall(Op-V, ( condition(Id, Role, N, Q, Op, V), Op \== one_of ), Rest) ), Cs).

first_day(Id, D) :- ( fact(Id, validFrom, D0) -> D = D0 ; D = '0000-01-01' ).
last_day(Id, D)  :- ( fact(Id, validUntil, D0) -> D = D0 ; D = '9999-12-31' ).

requires(Part, _)  :- memberchk(Part, [at_least, at_most, one_of]), !.
requires(value, Q) :- ( carried(Q, _) ; input(Q) ), quantity(Q, _, boolean, _, _, _, _, _, _, _, _, _), !.

once_only(F) :- ( catch(F, _, fail) -> true ; assertz(F) ).

%   A variant is built and trained as what it varies, and stands on its family's rung, unless it says otherwise.
inherit :-
    forall(( member(P, [parametrisation, baseWeights, objective, trainsOn, trainer, builtWith, family]), fact(T, variantOf, _), \+ fact(T, P, _), up(T, P, V) ), once_only(fact(T, P, V))),
    forall(( fact(T, variantOf, _), \+ fact(T, serves, _), ancestor(T, A), fact(A, serves, _), forall(fact(A, serves, G), once_only(fact(T, serves, G))) ), true),
    forall(( fact(T, family, _), \+ fact(T, rung, _), rung_up(T, R) ), once_only(fact(T, rung, R))).

up(T, P, V) :- fact(T, variantOf, A), ( fact(A, P, V) -> true ; up(A, P, V) ), !.
ancestor(T, A) :- fact(T, variantOf, B), ( A = B ; ancestor(B, A) ).
rung_up(T, R) :- fact(T, family, F), ( fact(F, rung, R) -> true ; rung_up(F, R) ), !.

%   What has a trainer, an adapter's class or both in common with the technique that these are known by takes the settings from it
%   that it does not state itself: tw:sharedBy says what must be common. They stand above what is said of the family.
lend :-
    forall(( fact(Q, sharedBy, By), fact(K, settingsOf, L), stated(L, Q), akin(By, K, L, T), T \== L, \+ stated(T, Q), \+ lent(T, Q, _) ), assertz(lent(T, Q, L))).
akin(training, F, F, T) :- setof(X, P^V^( member(P, [trainer, parametrisation]), fact(X, P, V) ), Xs), member(T, Xs).
akin(trainer, K, _, T) :- fact(K, trainer, R), isa(K, 'TrainerClass'), fact(T, trainer, R), T \== K.
akin(both, K, L, T)    :- akin(trainer, K, L, T), once(built(L, C)), once(built(T, C)).
akin(adapter, P, L, T) :- fact(T, parametrisation, P), once(built(L, C)), once(built(T, C)).
stated(T, Q) :- claimed(T, Q, _), !.
stated(T, Q) :- ancestor(T, A), claimed(A, Q, _), !.

%!  built(+Technique, -Class) is semidet.
%   The class a technique names, else the usual one for what it trains.
built(T, C) :- fact(T, builtWith, C0), !, C = C0.
built(T, C) :- fact(T, parametrisation, P), fact(P, builtWith, C), !.

%   Claims without scope weigh the same in every situation: weigh them once.
settle_all :-
    findall(A-Q, claimed(A, Q, _), AQs0), sort(AQs0, AQs),
    forall(member(A-Q, AQs), ( settles(A, Q, V, Id, D) -> assertz(settled(A, Q, V, Id, D)) ; true )).

settles(A, Q, V, Id, D) :-
    findall(I, ( claimed(A, Q, I), \+ fact(I, refutedBy, _) ), [I0|Is]),
    forall(member(I, [I0|Is]), \+ ( needs(I, when, _) ; dated(I, _, _) )),
    claims:weigh(s{}, A, Q, point, [w(V, Id)|Rest]), claims:dissent(V, Rest, D).
