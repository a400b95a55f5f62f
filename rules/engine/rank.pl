:- module(rank, [completed/2, standing/3, ranked/2, leading/4, best/3, recommended/2, preferred_to/4, plan/4, opening/4, criteria/2, criterion_value/4, advice_for/4, avoided/3, pareto/3, blocked_betters/3]).

/** <module> Which of the viable approaches comes first

Key of an approach, smaller first: advised against > the most specific advice
that applies, its evidence > the criteria of the person's priority, in order
and each in steps of its grain. So every comparison names what decided it.
*/

:- use_module(value).
:- use_module(claims).
:- use_module(explain).
:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(library(solution_sequences), [limit/2]).
:- use_module(library(pairs), [group_pairs_by_key/2]).

% ---- a situation with its defaults -------------------------------------------------------------------

%!  completed(+Given, -Situation) is det.
%   Adds declared defaults, the platform's GPU, and a model where none is said.
completed(S0, S) :-
    findall(F-assumed(V, Id), ( kb:carrier(F, _, _), \+ get_dict(F, S0, _), kb:quantity(F, _, Type, _, _, _, _, _, _, _, _, _), \+ memberchk(Type, [integer,number]),
                                once(carried_input(S0, F, V, Id)) ), Cs0), sort(1, @<, Cs0, Cs),
    dict_pairs(C, s, Cs), S00 = C.put(S0),
    findall(F-assumed(D, Src), ( kb:quantity(F, _, Ty, _, D, _, _, _, _, _, _, _), D \== '', \+ get_dict(F, S00, _), \+ ( kb:carrier(F, _, _), memberchk(Ty, [integer,number]) ),
                                 ( kb:input(F, _, Src) -> true ; Src = '' ) ), Ds),
    dict_pairs(P, s, Ds), S1 = P.put(S00),
    with_platform(S1, S2), with_model(S2, S).

with_platform(S, S) :- ( get_dict(gpu, S, _) ; get_dict(gpu_memory_gib, S, _) ), !.
with_platform(S0, S) :- get_dict(platform, S0, P), !, ( platform_gpu(S0, P, S) -> true ; S = S0 ).
with_platform(S0, S) :- chosen_thing(S0, 'Platform', 1, P, A), !, S1 = S0.put(platform, assumed(P, A)), ( platform_gpu(S1, P, S) -> true ; S = S1 ).
with_platform(S, S).

platform_gpu(S0, P, S) :- compound(P), arg(1, P, Name), !, platform_gpu(S0, Name, S).
%   Only a platform whose GPUs are all of one size says which: the one that sources speak of most.
platform_gpu(S0, Name, S) :-
    atom(Name), findall(G-Id, ( kb:claimed(Name, gpu, Id), kb:claim_part(Id, value, G) ), Gs),
    findall(M, ( member(G-_, Gs), claim_value(S0, G, memory_gib, M, _) ), Ms0), sort(Ms0, [_]),
    findall(N-(G-Id), ( member(G-Id, Gs), aggregate_all(count, kb:assertion(_, G, _, _, _, _), N) ), Ks), sort(1, @>=, Ks, [_-(G-Id)|_]), put_dict(gpu, S0, assumed(G, Id), S).

with_model(S, S) :- ( get_dict(model, S, _) ; get_dict(params_b, S, _) ), !.
with_model(S0, S) :- chosen_thing(S0, 'Model', 1, M, A), !, S = S0.put(model, assumed(M, A)).
with_model(S0, S) :- kb:default_of(params_b, D), !, ( kb:input(params_b, _, Src) -> true ; Src = '' ), put_dict(params_b, S0, assumed(D, Src), S).
with_model(S, S).

%   The thing of a class that the most specific advice chooses; at least Min conditions must be met.
chosen_thing(S, Class, Min, Thing, Advice) :-
    findall(k(N,E,Dt)-(T-A), ( kb:advice(T, choose, A), kb:isa(T, Class), assertion_applies(S, A, when, yes(N)), N >= Min,
                            kb:assertion(A, _, Src, _, _, _), kb:source(Src, _, E, Dt) ), Ks),
    sort(1, @>=, Ks, Sorted), member(_-(Thing-Advice), Sorted), obtainable(Class, Thing, S), !.  % only of the best is asked whether it can be had

obtainable('Model', M, S) :- !, ( kb:fact(M, access, A) -> memberchk(A, [openWeights, gatedWeights]) ; true ), room_for(M, S).
obtainable(_, _, _).

%   A model is only chosen where some approach that trains it may fit.
room_for(M, S) :- put_dict(model, S, assumed(M, M), S2), \+ \+ ( kb:trainable(T), kb:fits(T, S2, maybe) ).

% ---- standing ------------------------------------------------------------------------------------------

%!  standing(+Situation, +Technique, -Key) is det.
%   key(Avoided, Met, Evidence, Criteria), smaller is better.
standing(S, T, key(Avoid, Met, Evidence, Criteria)) :-
    advised(S, T, k(Avoid, Met, Evidence)), criteria(S, Cs), steps(Cs, S, T, Criteria).

%   What is said of it for this situation; cheap, so it comes before any figure.
advised(S, T, K) :- chosen(S, T, K), !.
advised(S, T, k(Avoid, 0, Evidence)) :- against(S, T, Avoid), ( advice_for(S, T, startWith, _) -> Evidence = -1 ; Evidence = 0 ).

%   The same of what some advice chooses.
chosen(S, T, k(Avoid, Met, Evidence)) :-
    findall(K, ( kb:advice(T, choose, A), choice_key(S, A, K) ), [K1|Ks]),
    sort(0, @=<, [K1|Ks], [Met-Evidence|_]), against(S, T, Avoid).

%   More conditions met is smaller, then the better evidence.
choice_key(S, A, Met-Evidence) :-
    assertion_applies(S, A, when, yes(N)), Met is -N-1, kb:assertion(A, _, Src, _, _, _), kb:source(Src, _, E, _), Evidence is -E.

against(S, T, Avoid) :- ( avoided(S, T, _) -> Avoid = 1 ; Avoid = 0 ).

steps([], _, _, []).
steps([C|Cs], S, T, [K|Ks]) :- step(S, T, C, K), steps(Cs, S, T, Ks).

%!  advice_for(+Situation, +Technique, +Stance, -Advice) is nondet.
advice_for(S, T, Stance, A) :- kb:advice(T, Stance, A), assertion_applies(S, A, when, yes(_)).

%!  avoided(+Situation, +Technique, -Advice) is nondet.
%   Advice against a technique, or against a family it belongs to, unless advice for it meets more conditions.
avoided(S, T, A) :- kb:against(T, A), assertion_applies(S, A, when, yes(N)), replaceable(S, A),
    \+ ( kb:advice(T, choose, C), assertion_applies(S, C, when, yes(M)), M > N ).

%   Advice that names something better only counts where that can be had.
replaceable(_, A) :- \+ ( kb:fact(A, instead, I), kb:isa(I, 'Approach') ), !.
replaceable(S, A) :- kb:fact(A, instead, I), kb:isa(I, 'Approach'), verdict(viable(I), S, V), V \== no, !.

%!  criteria(+Situation, -Criteria) is det.
%   c(Quantity, Better, Grain, Id), in the order of the person's priority.
criteria(S, Cs) :-
    once(input_value(S, priority, P)),
    findall(O-c(Q,B,G,Id), kb:ranked_by(Id, P, O, Q, B, G), Ks),
    keysort(Ks, Sorted), pairs_values(Sorted, Cs).

step(S, T, c(Q,B,G,_), K) :-
    (   criterion_value(S, Q, T, V) -> N is floor(V/G), ( B == higher -> K is -N ; K = N )
    ;   B == higher -> K = 0
    ;   K = 1000000000 ).

%!  criterion_value(+Situation, +Quantity, +Technique, -Number) is semidet.
criterion_value(S, Q, T, V) :- kb:criterion(Q, T, V0, S, maybe), !, ( V0 = span(L,H,_) -> V is (L+H)/2 ; number(V0), V = V0 ).

% ---- ranking ---------------------------------------------------------------------------------------------

%!  in_order(+Situation, -Ranked) is nondet.
%   r(Technique, Verdict), best first, on demand: nobody pays for the places they do not look at.
in_order(S, R) :- in_order(S, R, all).

in_order(S, r(T, V), Which) :- viable_group(S, Which, TVs), criteria(S, Cs), by_criteria(Cs, S, TVs, T-V).

%   Those that equal advice speaks for, best advice first, as far as they are viable.
viable_group(S, Which, TVs) :-
    findall(K-T0, among(Which, S, T0, K), Ks0), keysort(Ks0, Ks), group_pairs_by_key(Ks, Groups),
    member(_-Ts, Groups), findall(T-V, ( member(T, Ts), verdict(viable(T), S, V), V \== no ), TVs).

%   A further criterion is only worked out among those that the ones before leave equal.
by_criteria(_, _, [TV], X) :- !, X = TV.
by_criteria([], _, TVs, TV) :- !, member(TV, TVs).
by_criteria([C|Cs], S, TVs, TV) :-
    findall(K-(T-V), ( member(T-V, TVs), step(S, T, C, K) ), Ks0), keysort(Ks0, Ks), group_pairs_by_key(Ks, Groups),
    member(_-Equal, Groups), by_criteria(Cs, S, Equal, TV).

%!  leading(+Situation, +N, -Ranked, -Count) is det.
%   The first N, and how many there are.
leading(S, N, Ranked, Count) :-
    findall(TVs, viable_group(S, all, TVs), Groups), foldl(counted, Groups, 0, Count), criteria(S, Cs),
    findall(r(T, V), limit(N, ( member(TVs, Groups), by_criteria(Cs, S, TVs, T-V) )), Ranked).
counted(TVs, N0, N) :- length(TVs, L), N is N0+L.

%   among(+Which, +Situation, -Approach, -Key): all that serve the goal, or those of them that some advice chooses.
among(all, S, T, K)     :- kb:isa(T, 'Approach'), \+ \+ kb:serves(T, S, maybe), advised(S, T, K).
among(advised, S, T, k(Avoid, Met, Evidence)) :-
    findall(T0-K0, ( perhaps_chosen(S, T0, A), choice_key(S, A, K0) ), Ks0), sort(Ks0, Ks), group_pairs_by_key(Ks, Groups),
    member(T-[Met-Evidence|_], Groups), \+ \+ kb:serves(T, S, maybe), against(S, T, Avoid).

perhaps_chosen(S, T, A) :- kb:commonest(Q), ( kb:chosen_where(Q, '', T, A) ; measure(S, Q, V), ( V = unknown(_) -> kb:chosen_where(Q, _, T, A) ; ( W = V ; ancestor(V, W) ), kb:chosen_where(Q, W, T, A) ) ).

%!  ranked(+Situation, -Ranked) is det.
%   All that is viable, or may be.
ranked(S, Ranked) :- findall(R, in_order(S, R), Ranked).

%!  best(+Situation, +N, -Ranked) is det.
%   At most N, of those that some advice chooses; where none is, the first of the rest.
best(S, N, Ranked) :- findall(R, limit(N, in_order(S, R, advised)), Ranked0), ( Ranked0 == [] -> findall(R, limit(1, in_order(S, R)), Ranked) ; Ranked = Ranked0 ).

%!  recommended(+Situation, -Technique) is semidet.
recommended(S, T) :- best(S, 1, [r(T, _)]).

%!  preferred_to(+Situation, +A, +B, -Reason) is semidet.
%   Why A stands before B: against(Advice), advised(A's, B's), criterion(Q, ValueA, ValueB), even.
preferred_to(S, A, B, Reason) :-
    standing(S, A, key(AvA,MA,EA,CA)), standing(S, B, key(AvB,MB,EB,CB)),
    (   AvA < AvB -> avoided(S, B, Ad), Reason = against(Ad)
    ;   AvA == AvB, MA-EA @< MB-EB -> best_advice(S, A, AdA), ( best_advice(S, B, AdB) -> true ; AdB = none ), Reason = advised(AdA, AdB)
    ;   AvA == AvB, MA-EA == MB-EB, criteria(S, Cs), first_difference(Cs, CA, CB, c(Q,_,_,_), Sign), Sign == (<)
    ->  ( criterion_value(S, Q, A, VA) -> true ; VA = unknown ), ( criterion_value(S, Q, B, VB) -> true ; VB = unknown ), Reason = criterion(Q, VA, VB)
    ;   AvA == AvB, MA-EA == MB-EB, CA == CB, A @< B, Reason = even ), !.

best_advice(S, T, A) :-
    findall(k(N,E)-A0, ( kb:advice(T, choose, A0), assertion_applies(S, A0, when, yes(N)), kb:assertion(A0, _, Src, _, _, _), kb:source(Src, _, E, _) ), Ks),
    sort(1, @>=, Ks, [_-A|_]).

first_difference([C|_], [X|_], [Y|_], C, O) :- X \== Y, !, compare(O, X, Y).
first_difference([_|Cs], [_|Xs], [_|Ys], C, O) :- first_difference(Cs, Xs, Ys, C, O).

%!  pareto(+Situation, +Techniques, -Front) is det.
%   Those that no other beats on every criterion at once.
pareto(S, Ts, Front) :-
    criteria(S, Cs), findall(T-Vs, ( member(T, Ts), maplist(step(S, T), Cs, Vs) ), Ps),
    findall(T, ( member(T-Vs, Ps), \+ ( member(U-Ws, Ps), U \== T, Ws \== Vs, maplist(at_most, Ws, Vs) ) ), Front).
at_most(A, B) :- A =< B.

% ---- the plan -----------------------------------------------------------------------------------------------

%!  plan(+Situation, +Ranked, -Main, -Steps) is det.
%   step(first|main|with|later, Technique, Advice).
plan(S, Ranked, Main, Steps) :-
    opening(S, Ranked, Main, Opening), partition(is_first, Opening, Firsts, Mains),
    findall(k(N)-step(with, T, A), ( kb:advice(T, add, A), T \== Main, assertion_applies(S, A, when, yes(N0)), N is -N0,
                               relevant(Main, T), verdict(requirements_met(T), S, V), V \== no, \+ avoided(S, T, _), verdict(available(T), S, yes) ), Ws),
    keysort(Ws, Ws1), pairs_values(Ws1, Withs0), taken(Firsts, [Main], Taken), unique(Withs0, Taken, Withs1), cut_to(5, Withs1, Withs),
    findall(k(N)-step(later, T, A), ( kb:advice(T, escalate, A), kb:isa(T, 'Technique'), \+ kb:isa(T, 'Family'), T \== Main, assertion_applies(S, A, when, yes(N0)), N is -N0,
                               verdict(available(T), S, yes) ), Ls),
    keysort(Ls, Ls1), pairs_values(Ls1, Laters0), taken(Withs, Taken, Taken2), unique(Laters0, Taken2, Laters1),
    findall(L, limit(3, ( member(L, Laters1), L = step(_, T, _), ( kb:isa(T, 'Approach') -> within_reach(S, T) ; true ) )), Laters),
    append([Firsts, Mains, Withs, Laters], Steps).

is_first(step(first,_,_)).

%!  opening(+Situation, +Ranked, -Main, -Steps) is det.
%   What to do first, and the main step.
opening(S, Ranked, Main, Steps) :-
    ( Ranked = [r(Main,_)|_] -> true ; Main = none ),
    findall(k(N)-step(first, T, A), ( kb:advice(T, startWith, A), kb:isa(T, 'Approach'), assertion_applies(S, A, when, yes(N0)), N is -N0, \+ avoided(S, T, _),
                               verdict(viable(T), S, V), V \== no ), Fs),
    keysort(Fs, Fs1), pairs_values(Fs1, Firsts0), cut_to(1, Firsts0, Firsts1), unique(Firsts1, [Main], Firsts),
    ( Main == none -> Mains = [] ; ( best_advice(S, Main, MA) -> true ; MA = none ), Mains = [step(main, Main, MA)] ),
    append(Firsts, Mains, Steps).

%   Viable, perhaps, or one thing short of it.
%   A model that cannot be had is no step short of training it.
within_reach(S, T) :- verdict(viable(T), S, V), ( V \== no -> true ; \+ verdict(weights_open(T), S, no), explain(viable(T), S, Tree), misses(Tree, 1) ).

%   What concerns training is only added to what trains.
relevant(Main, T) :- ( kb:fact(T, family, F), kb:fact(F, concerns, training) -> kb:trainable(Main) ; true ).

taken([], Ts, Ts).
taken([step(_,T,_)|Ss], Ts0, Ts) :- taken(Ss, [T|Ts0], Ts).

unique([], _, []).
unique([step(_,T,_)|Xs], Seen, Ys) :- memberchk(T, Seen), !, unique(Xs, Seen, Ys).
unique([step(K,T,A)|Xs], Seen, [step(K,T,A)|Ys]) :- unique(Xs, [T|Seen], Ys).

cut_to(N, Xs, Ys) :- length(Xs, L), ( L > N -> length(Ys, N), append(Ys, _, Xs) ; Ys = Xs ).

%!  blocked_betters(+Situation, +Technique, -Blocked) is det.
%   What would stand before Technique if only it were viable.
blocked_betters(S, T, Bs) :-
    advised(S, T, K0), K0 = k(_,Met0,_),
    findall(K-B, ( among(advised, S, B, K), B \== T, K = k(0,Met,_), ( Met < Met0 ; related(B, T) ), verdict(viable(B), S, no) ), Ks),
    keysort(Ks, Sorted), pairs_values(Sorted, Bs).

related(A, B) :- kb:fact(B, variantOf, A), !.
related(A, B) :- kb:fact(A, variantOf, B), !.
