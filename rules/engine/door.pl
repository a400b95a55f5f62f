:- module(door, [ask/2, build/1, situation/2, situation_json/2, name_of/3, steps_json/2]).

/** <module> The one door: JSON text in, JSON text out

ask/2 answers a question about a situation; nothing is asserted to find out,
so the same question with other inputs is the same question asked again.
build/1 turns rows of views into facts.
*/

:- use_module(library(http/json)).
:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(value).
:- use_module(claims).
:- use_module(explain).
:- use_module(rank).
:- use_module(whatif).
:- use_module(howfar).
:- use_module(say).
:- use_module(numbers).

%!  ask(+JSON, -Reply) is det.
%   {question, situation, ...}; inferences bounds the work.
ask(Text, Reply) :-
    atom_json_dict(Text, Q0, [value_string_as_atom(true)]),
    atoms(Q0, Q),
    ( get_dict(inferences, Q, Limit) -> true ; Limit = 300000000 ),
    get_dict(question, Q, Kind),
    catch(call_with_inference_limit(once(answer(Kind, Q, A)), Limit, How), E, (How = error(E))),
    (   How == inference_limit_exceeded -> R = _{error:"timeout"}
    ;   How = error(Er) -> message_text(Er, T), R = _{error:"fault", text:T}
    ;   R = A ),
    with_output_to(string(Reply), json_write_dict(current_output, R, [width(0), serialize_unknown(true)])).

message_text(E, T) :- catch(message_to_codes(E, T), _, format(string(T), "~p", [E])).
message_to_codes(E, T) :- phrase(prolog:translate_message(E), Ls), with_output_to(string(T), print_message_lines(current_output, '', Ls)).

%   JSON strings are names: atoms.
atoms(S, A) :- string(S), !, atom_string(A, S).
atoms(D, E) :- is_dict(D), !, dict_pairs(D, Tag, Ps), maplist(atom_pair, Ps, Qs), dict_pairs(E, Tag, Qs).
atoms(L, M) :- is_list(L), !, maplist(atoms, L, M).
atoms(X, X).
atom_pair(K-V, K-W) :- atoms(V, W).

%!  situation(+Question, -Situation) is det.
situation(Q, S) :-
    dict_pairs(Q.situation, _, Ps), maplist(given_pair, Ps, Gs), dict_pairs(S0, s, Gs), completed(S0, S1), for_technique(Q, S1, S).

%   A technique asked about without a goal is asked about for a goal it serves.
for_technique(Q, S0, S) :- get_dict(technique, Q, T), get_dict(goal, S0, assumed(G, _)), kb:fact(T, serves, _), \+ kb:fact(T, serves, G), kb:fact(T, serves, G2), !, put_dict(goal, S0, assumed(G2, T), S).
for_technique(_, S, S).

given_pair(K-V, K-given(V)).

goal(Q, viable(Q.technique)) :- \+ get_dict(aim, Q, _), !.
goal(Q, G) :- G =.. [Q.aim, Q.technique].

%   Other files of the engine may add questions.
:- multifile answer/3.
:- discontiguous answer/3.

% ---- questions ---------------------------------------------------------------------------------------------

answer(why, Q, A) :-
    situation(Q, S), T = Q.technique, best(S, 2, Ranked), opening(S, Ranked, Main, Steps),
    explain(viable(T), S, Tree), tree_verdict(Tree, V0), name_of(V0, V, Blame),
    proof_rows(Q, V, Tree, Rows), numbers(S, Tree, all, Numbers),
    place(T, Ranked, Place), kind_of(T, Kind), ( Kind == approach -> against(S, T, Ranked, Reason) ; Reason = null ), against_model(S, ModelAgainst), steps_json(Steps, SJ),
    blame_texts(Blame, BT), misses(Tree, Misses), situation_json(S, SitJ), inputs_read(Tree, Read),
    ways(Q, S, T, V, Ways), turning(Q, S, Main, Read, Turning), findall(R, member(r(R,_), Ranked), Best),
    ( avoided(S, T, Av) -> against_json(Av, Against) ; Against = null ), own_costs(T, Costs), added_json(S, T, Added),
    ( get_dict(rivals, Q, true), V \== no -> blocked_betters(S, T, Bs0), top(Bs0, 2, Bs), maplist(blocked_json(S), Bs, Blocked) ; Blocked = [] ),
    ( get_dict(who, Q, true) -> who_json(viable(T), S, Who) ; Who = [] ),
    ( get_dict(far, Q, true) -> far_json(viable(T), S, Tree, Read, numbers, Far) ; Far = [] ),
    A = _{technique:T, label:L, verdict:V, place:Place, recommended:Best, main:Main, plan:SJ, reason:Reason, numbers:Numbers, proof:Rows,
          depends_on:BT, misses:Misses, situation:SitJ, read:Read, advised_against:Against, kind:Kind, model_advice:ModelAgainst, not_instead:Blocked, costs:Costs, added:Added, ways_out:Ways, assumptions:Turning, who_says:Who, ranges:Far},
    named(T, L).
answer(advise, Q, A) :-
    situation(Q, S), leading(S, 8, Best, Count), plan(S, Best, Main, Steps), steps_json(Steps, SJ),
    maplist(option_json(S), Best, Options),
    findall(T, member(r(T,_), Best), Ts), pareto(S, Ts, Front),
    ( Main == none -> Numbers = [], Read = [], V = no, Blame = [] ; explain(viable(Main), S, Tree), tree_verdict(Tree, V0), name_of(V0, V, Blame), numbers(S, Tree, all, Numbers), inputs_read(Tree, Read) ),
    blame_texts(Blame, BT), situation_json(S, SitJ), turning(Q, S, Main, Read, Turning),
    ( Best = [r(X,_),r(Y,_)|_], preferred_to(S, X, Y, Why), reason_text(S, X, Y, Why, Reason0) -> put_dict(over, Reason0, Y, Reason) ; Reason = null ),
    findall(R, member(r(R,_), Best), Ids),
    ( Main == none -> nearest(S, Closest) ; memberchk(step(main, Main, none), Steps) -> blocked_betters(S, Main, Bs0), top(Bs0, 2, Bs), maplist(closest_json(S), Bs, Closest) ; Closest = [] ),
    ask_known:settings_json(S, Main, Settings),
    findall(_{technique:L1, text:LT}, ( member(step(later, L1, _), Steps), verdict(viable(L1), S, no), explain(viable(L1), S, LTree), ( numbers(S, LTree, missed, [LN|_]), get_dict(verdict, LN, no) -> get_dict(text, LN, LT) ; first_miss(LTree, LT) ) ), Obstacles),
    against_model(S, ModelAgainst), A = _{model_advice:ModelAgainst, obstacles:Obstacles, read:Read, verdict:V, recommended:Ids, main:Main, count:Count, plan:SJ, options:Options, front:Front, numbers:Numbers, depends_on:BT, situation:SitJ,
          assumptions:Turning, reason:Reason, settings:Settings, closest:Closest}.
answer(what_if, Q, A) :-
    situation(Q, S), goal(Q, G), ( get_dict(max, Q, Max) -> true ; Max = 3 ),
    ( holds(G, S) -> H = true ; H = false ), what_if(G, S, Max, Plans), maplist(plan_json(S), Plans, PJ), situation_json(S, SitJ),
    get_dict(technique, Q, T), named(T, L), A = _{technique:T, label:L, holds:H, plans:PJ, situation:SitJ}.
answer(how_far, Q, A) :-
    situation(Q, S), goal(Q, G), explain(viable(Q.technique), S, Tree), inputs_read(Tree, Read), far_json(G, S, Tree, Read, all, Far), situation_json(S, SitJ),
    get_dict(technique, Q, T), named(T, L), tree_verdict(Tree, V0), name_of(V0, V, _), A = _{technique:T, label:L, verdict:V, ranges:Far, situation:SitJ}.
answer(who_says, Q, A) :-
    situation(Q, S), who_json(viable(Q.technique), S, Who), verdict(viable(Q.technique), S, V0), name_of(V0, V, _), situation_json(S, SitJ),
    named(Q.technique, L), A = _{technique:Q.technique, label:L, verdict:V, who_says:Who, situation:SitJ}.
answer(compare, Q, A) :-
    situation(Q, S), X = Q.technique, Y = Q.other, maplist(side(S), [X,Y], Sides), criteria_json(S, X, Y, Cs),
    ( one_viable(Sides, X, Y, Win, Lose) -> named(Lose, LL), format(string(WT), "~w is not viable here", [LL]), Reason = _{by:verdict, better:Win, text:WT, source:'', source_label:'', locator:'', claim:''}
    ; preferred_to(S, X, Y, R) -> reason_text(S, X, Y, R, D0), put_dict(better, D0, X, Reason) ; preferred_to(S, Y, X, R) -> reason_text(S, Y, X, R, D0), put_dict(better, D0, Y, Reason) ; Reason = null ),
    situation_json(S, SitJ), ask_known:statements(X, StX), ask_known:statements(Y, StY),
    A = _{techniques:[X,Y], sides:Sides, criteria:Cs, reason:Reason, situation:SitJ, statements:[StX,StY]}.
%   What is added to training combines with others of its kind, also where it can be a main step.
kind_of(T, practice) :- kb:fact(T, family, F), kb:fact(F, concerns, training), !.
kind_of(T, approach) :- kb:isa(T, 'Approach'), !.
kind_of(T, practice) :- kb:isa(T, 'Practice'), !.
kind_of(_, family).

against_json(Av, D) :- advice_dict(Av, D0), findall(L, ( kb:fact(Av, instead, I), named(I, L) ), Ls), put_dict(instead, D0, Ls, D).

%   What one pays for it whatever the case, and the advice that adds it here.
own_costs(T, Cs) :- findall(D, ( kb:statement(T, cost, Id), \+ refuted(Id), advice_dict(Id, D) ), Ds), top(Ds, 2, Cs).
added_json(S, T, D) :- findall(N-A, ( kb:advice(T, add, A), assertion_applies(S, A, when, yes(N)) ), As), sort(1, @>=, As, [_-A|_]), !, advice_dict(A, D).
added_json(_, _, null).

%   What is said against the model that was named.
against_model(S, D) :- get_dict(model, S, G), arg(1, G, M), advice_for(S, M, avoid, A), !, advice_dict(A, D0), findall(L, ( kb:fact(A, instead, I), named(I, L) ), Ls), named(M, ML), put_dict(_{label:ML, instead:Ls}, D0, D).
against_model(S, _{label:ML, text:Tx, instead:Ls, claim:'', source:'', source_label:'', locator:''}) :-
    get_dict(model, S, G), arg(1, G, M), findall(L, ( kb:fact(M, instead, I), named(I, L) ), Ls), Ls \== [], explain(closed_model(M), S, node(_, _, yes, Sn, _)), !, named(M, ML), sentence(Sn, Tx).
against_model(_, null).

one_viable([A,B], X, Y, Win, Lose) :- get_dict(verdict, A, VA), get_dict(verdict, B, VB), ( VA \== no, VB == no -> Win = X, Lose = Y ; VA == no, VB \== no -> Win = Y, Lose = X ).

answer(ask, Q, A) :-
    situation(Q, S), ranked(S, Ranked), top(Ranked, 40, Some), settles_most(S, Some, Fields),
    findall(_{field:K, label:L, count:N}, ( member(N-K, Fields), named(K, L) ), Fs), situation_json(S, SitJ), length(Ranked, Count),
    turned_on(S, Us), A = _{fields:Fs, unsaid:Us, situation:SitJ, open:Count}.

%   Inputs that were assumed or left open, by how much advice turns on them.
turned_on(S, Us) :-
    findall(N-K, ( kb:input(K), \+ get_dict(K, S, given(_)), aggregate_all(count, ( kb:advice(T, choose, A), kb:isa(T, 'Approach'), kb:condition(A, when, _, K, _, _) ), N), N > 0 ), Ks0),
    sort(0, @>=, Ks0, Ks1), top(Ks1, 5, Ks), maplist(turned_json(S), Ks, Us).
turned_json(S, N-K, _{field:K, label:L, count:N, assumed:V}) :- named(K, L), ( get_dict(K, S, assumed(V0,_)) -> value_text(V0, V) ; V = "" ).
answer(verdicts, Q, A) :-
    situation(Q, S), findall(_{technique:T, verdict:VN}, ( kb:isa(T, 'Approach'), verdict(viable(T), S, V), name_of(V, VN, _) ), Vs), A = _{verdicts:Vs}.
answer(consistent, Q, A) :-    % compiled and interpreted verdicts, and recomputed comparisons, for the property tests
    situation(Q, S), findall(_{technique:T, compiled:C, explained:E, misses:N}, ( kb:isa(T, 'Approach'), verdict(viable(T), S, V), name_of(V, C, _), explain(viable(T), S, Tree), tree_verdict(Tree, TV), name_of(TV, E, _), misses(Tree, N) ), Vs),
    A = _{verdicts:Vs}.
answer(rules, _, A) :-
    findall(_{id:Id, head:H, says:P, otherwise:N, reads:Rd}, ( kb:rule(Id, Head, Body, P0, N0), functor(Head, F, Ar), format(atom(H), "~w/~w", [F,Ar]), template_text(P0, P), template_text(N0, N), findall(R, ( member(L, Body), body_reads(L, R), atom(R) ), Rd) ), Rs),
    A = _{rules:Rs}.


template_text(Ps, T) :- maplist(shown, Ps, Xs), atomic_list_concat(Xs, T).
shown(P, "_") :- var(P), !.
shown(P, P).
body_reads(input(K,_), K).  body_reads(known(K,_), K).  body_reads(unset(K), K).  body_reads(claim(_,Q,_), Q).  body_reads(claimed(_,Q,_), Q).
body_reads(not(G), R) :- body_reads(G, R).

%   Who wants the proof in brief gets it whole where it failed, else the inputs that it read.
proof_rows(Q, V, Tree, Rows) :- get_dict(proof, Q, brief), V \== no, !, findall(K, ( within(Tree, leaf(L, _, _)), ( L = input(K, _) ; L = measure(K, _) ) ), Ks0), sort(Ks0, Ks), findall(_{id:0, parent:0, kind:input, verdict:yes, field:K, text:""}, member(K, Ks), Rows).
proof_rows(Q, _, Tree, Rows) :- depth(Q, D), rows(Tree, D, Rows).

depth(Q, D) :- ( get_dict(depth, Q, D0) -> D = D0 ; D = 40 ).
name_of(yes, yes, []).
name_of(no, no, []).
name_of(maybe, depends, []).
name_of(maybe(B), depends, B).
name_of(open, no, []).

top(Xs, N, Ys) :- length(Xs, L), ( L > N -> length(Ys, N), append(Ys, _, Xs) ; Ys = Xs ).
place(T, Ranked, P) :- ( nth1(P0, Ranked, r(T,_)) -> P = P0 ; P = 0 ).

against(S, T, [r(T,_),r(U,_)|_], D) :- preferred_to(S, T, U, R), !, reason_text(S, T, U, R, D0), put_dict(_{over:U, better:T}, D0, D).
against(S, T, [r(U,_)|_], D) :- U \== T, preferred_to(S, U, T, R), !, reason_text(S, U, T, R, D0), put_dict(_{over:T, better:U}, D0, D).
against(_, _, _, null).

closest_json(S, T, D) :- blocked_json(S, T, D0), what_if(viable(T), S, 1, Plans), top(Plans, 2, Ps), maplist(plan_json(S), Ps, Ways), put_dict(_{ways_out:Ways, misses:1}, D0, D).

blocked_json(S, T, _{technique:T, label:L, numbers:Ns, text:Tx}) :- named(T, L), explain(viable(T), S, Tree), numbers(S, Tree, missed, Ns), first_miss(Tree, Tx).

%   The sentence of the deepest rule that fails.
first_miss(node(_,_,_,_,Kids), Tx) :- member(K, Kids), ( K = node(_,_,no,_,_) ; K = each(_,no,_) ), !, first_miss(K, Tx).
first_miss(each(_,_,Kids), Tx) :- member(K, Kids), K = node(_,_,no,_,_), !, first_miss(K, Tx).
first_miss(node(_,_,_,Sn,_), Tx) :- !, sentence(Sn, Tx).
first_miss(_, "").

steps_json(Steps, Js) :- maplist(step_json, Steps, Js).
step_json(step(K,T,A), _{step:K, technique:T, label:L, text:Tx, source:So, source_label:SL, locator:Lo}) :-
    named(T, L), ( A == none -> Tx = "", So = '', SL = '', Lo = '' ; cited(A, So, SL, Lo), ( kb:text(A, Tx) -> true ; Tx = "" ) ).

option_json(S, r(T,V), _{technique:T, label:L, verdict:VN, need_gib:N, run_hours:H, run_usd:C, quality:Qu, advice:Ad}) :-
    named(T, L), name_of(V, VN, _), figure(S, need_gib, T, N), figure(S, run_hours, T, H), figure(S, run_usd, T, C), figure(S, quality_vs_full, T, Qu),
    findall(Tx, ( advice_for(S, T, choose, A), kb:text(A, Tx) ), Ad0), top(Ad0, 2, Ad).
figure(S, Q, T, V) :- ( kb:criterion(Q, T, V0, S, maybe) -> ( V0 = span(L,H,_) -> V = [L,H] ; V = V0 ) ; V = null ).

ways(Q, S, T, V, Ways) :- ( V \== yes, get_dict(ways, Q, Max), integer(Max), Max > 0 -> what_if(viable(T), S, Max, Plans), top(Plans, 4, Ps), maplist(plan_json(S), Ps, Ways) ; Ways = [] ).
plan_json(_, plan(E, Cs, N), _{effort:E, others:N, changes:Js}) :- maplist(change_json, Cs, Js).
change_json(change(K,F,T,Kind), _{field:K, label:L, from:FJ, to:TJ, kind:Kind, text:Tx}) :- named(K, L), ( F == unset -> FJ = null ; FJ = F ), TJ = T, value_text(T, Tx0), Tx = Tx0.

turning(Q, S, Main, Read, Js) :- ( get_dict(assumptions, Q, true), Main \== none -> assumptions(S, Main, Read, Ts), findall(_{field:K, if:V, text:VT, then:O, label:OL}, ( member(turns(K,V,O), Ts), named(O, OL), value_text(V, VT) ), Js) ; Js = [] ).

who_json(G, S, Who) :- G =.. [_,T|_], who_says(G, S, Vs), findall(_{source:Src, label:L, verdict:V, refuted:Rs}, ( member(says(Src,V0), Vs), name_of(V0, V, _), ( kb:source(Src, L, _, _) -> true ; L = Src ), refuted_of(S, T, Src, Rs) ), Who).

%   Requirements of the source that better evidence refutes: no verdict reads them, and that is said.
refuted_of(S, T, Src, Rs) :-
    findall(Tx, ( lineage(T, A), kb:requirement(A, Q), kb:claimed(A, Q, Id), refuted(Id), kb:assertion(Id, _, Src, _, _, _), assertion_applies(S, Id, when, R), R \== no,
                  findall(_{part:P, value:V}, kb:claim_part(Id, P, V), Ps), ask_known:parts_text(Q, Ps, Tx) ), Rs0), sort(Rs0, Rs).
far_json(G, S, Tree, Read, Kinds, Far) :- findall(J, ( member(K, Read), kb:input(K), get_dict(K, S, _), ( Kinds == all -> true ; numeric(K) ), how_far(G, S, Tree, K, R, Now), range_json(K, R, Now, J) ), Far).
range_json(K, range(L,H), Now, _{field:K, label:La, low:L, high:H, now:Now, min:Lo, max:Hi}) :- named(K, La), kb:quantity(K, _, _, _, _, Lo, Hi, _, _, _, _, _).
range_json(K, values(Vs,N), Now, _{field:K, label:La, values:Vs, of:N, now:Now}) :- named(K, La).

situation_json(S, _{given:G, assumed:A}) :-
    dict_pairs(S, _, Ps), findall(K-V, member(K-given(V), Ps), Gs), dict_pairs(G, _, Gs),
    findall(_{field:K, value:V, text:T, source:Src, source_label:L}, ( member(K-assumed(V,Src0), Ps), assumed_source(Src0, Src, L), value_text(V, T) ), A).
assumed_source(Src, Src, L) :- kb:source(Src, L, _, _), !.
assumed_source(Ad, Src, L)  :- kb:assertion(Ad, _, Src, _, _, _), kb:source(Src, L, _, _), !.
assumed_source(Src, Src, Src).

side(S, T, _{technique:T, label:L, verdict:V, numbers:Ns, misses:M}) :- named(T, L), explain(viable(T), S, Tree), tree_verdict(Tree, V0), name_of(V0, V, _), numbers(S, Tree, all, Ns), misses(Tree, M).
criteria_json(S, X, Y, Cs) :-
    criteria(S, C0), findall(Q, member(c(Q,_,_,_), C0), Q1), append(Q1, [quality_vs_full, need_gib, run_hours, run_usd], Q2), list_to_set(Q2, Qs),
    findall(_{quantity:Q, label:L, unit:U, a:A, b:B, a_source:SA, b_source:SB}, ( member(Q, Qs), figure(S, Q, X, A), figure(S, Q, Y, B), A \== B, named(Q, L), figure_source(S, Q, X, SA), figure_source(S, Q, Y, SB), ( kb:quantity(Q, _, _, U, _, _, _, _, _, _, _, _) -> true ; U = '' ) ), Cs).

figure_source(S, Q, T, L) :- ( claim_value(S, T, Q, _, claim(Id, _)) -> cited(Id, _, SL, Lo), format(string(L), "~w, ~w", [SL, Lo]) ; L = '' ).

nearest(S, Near) :- findall(M-T, ( kb:isa(T, 'Approach'), verdict(serves(T), S, yes), explain(viable(T), S, Tree), misses(Tree, M) ), Ms), keysort(Ms, Sorted), top(Sorted, 3, Best), findall(_{technique:T, misses:M, label:L, numbers:Ns}, ( member(M-T, Best), named(T, L), explain(viable(T), S, Tr), numbers(S, Tr, missed, Ns) ), Near).

% ---- building ----------------------------------------------------------------------------------------------------------

%!  build(+JSON) is det.
%   {name: [[value...]...]}: facts from the rows of views, and what is derived from them; fixed from then on.
build(Text) :-
    atom_json_dict(Text, Views, [value_string_as_atom(true)]),
    dict_pairs(Views, _, Ps),
    forall(( member(Name-Rows, Ps), member(Row, Rows) ), ( maplist(typed, Row, Args), T =.. [Name|Args], assertz(kb:T) )),
    kb:derive,
    findall(kb:P, ( kb:raw(P) ; kb:derived(P) ), All), compile_predicates(All).

%   {"s": text} is a text, everything else a name or a number.
typed(D, S)  :- is_dict(D), !, get_dict(s, D, S0), ( string(S0) -> S = S0 ; atom_string(S0, S) ).
typed(S, A)  :- string(S), !, atom_string(A, S).
typed(null, '') :- !.
typed(X, X).
