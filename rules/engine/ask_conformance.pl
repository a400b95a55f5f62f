:- module(ask_conformance, [leaf_situation/4]).

/** <module> Do the rules agree with a leaf of a source's tree?

conformance puts the person of each path before the rules: the situation made
of the path's conditions, one value within each, and nothing else. Where the
tree settles its branches by conditions, the rules must put what it recommends
into the plan; where it only lists, the thing need only be viable. A leaf that
discourages is contradicted when the rules put just that first.
*/

:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(library(pairs)).
:- use_module(claims).
:- use_module(explain).
:- use_module(rank).
:- use_module(say).
:- use_module(numbers).
:- use_module(door).
:- use_module(ask_tree).

:- multifile door:answer/3.
:- discontiguous door:answer/3.

door:answer(conformance, Q, _{leaves:Rows, counts:Counts}) :-
    ( get_dict(tree, Q, T) -> Ts = [T] ; findall(T, kb:isa(T, 'Tree'), Ts) ), asked_on(Q, Base),
    findall(S0-leaf(T1,Path,A,Rec,Dis), ( member(T1, Ts), leaf_path(T1, Path), last(Path, _-A), techniques(A, recommends, Rec), techniques(A, discourages, Dis), leaf_situation(Path, Rec, Dis, S0) ), Leaves),
    findall(I-J, judged(Base, Leaves, I, J), Judged), keysort(Judged, Sorted), pairs_values(Sorted, Rows),
    findall(V, ( member(R, Rows), get_dict(verdict, R, V) ), Vs), maplist(count_in(Vs), [agrees, contradicts, open, none], [NA, NC, NO, NN]),
    Counts = _{agrees:NA, contradicts:NC, open:NO, none:NN}.

%   {situation, techniques: [id]} to {main, main_label, agrees}: is what a walk through a tree ended in what the rules put first there?
door:answer(agreement, Q, _{main:M, main_label:L, agrees:B}) :-
    get_dict(techniques, Q, Ts), door:situation(Q, S), ( recommended(S, M0) -> M = M0 ; M = none ),
    ( M \== none, covered(M, Ts) -> B = true ; B = false ), named(M, L).

%   The day and the trusted sources hold for every leaf.
asked_on(Q, Base) :- get_dict(situation, Q, D), findall(K-given(V), ( member(K, [as_of, trust]), get_dict(K, D, V) ), Base).
count_in(Vs, V, N) :- findall(x, member(V, Vs), Xs), length(Xs, N).

techniques(A, Role, Ts) :- findall(T, ( kb:fact(A, Role, T), kb:isa(T, 'Technique') ), Ts0), sort(Ts0, Ts).

%   Leaves that make the same situation are judged together: it is ranked once, and planned whole only where the opening does not settle them.
judged(Base, Leaves, I, J) :-
    findall(S0-(I0-L), nth1(I0, Leaves, S0-L), Ks), keysort(Ks, Sorted), group_pairs_by_key(Sorted, Groups),
    member(S0-Group, Groups),
    (   member(_-leaf(_,_,_,R0,D0), Group), ( R0 \== [] ; D0 \== [] )
    ->  append(Base, S0, Ps), dict_pairs(D, s, Ps), completed(D, S), best(S, 1, First), opening(S, First, Main, Opening),
        ( member(_-leaf(_,_,_,Wanted,_), Group), member(W, Wanted), \+ ( member(step(_, Y, _), Opening), covered(Y, [W]) ) -> plan(S, First, Main, Steps) ; Steps = Opening )
    ;   Main = none, Steps = [], S = s{} ),
    member(I-leaf(T,Path,A,Rec,Dis), Group), judge(S, Main, Steps, Path, Rec, Dis, V, How, Reason),
    findall(F-X, member(F-given(X), S0), Fs), dict_pairs(SJ, _, Fs), findall(B, member(_-B, Path), Answers),
    findall([QL,AL], ( member(Q1-B, Path), named(Q1, QL), named(B, AL) ), Texts), named(Main, ML), maplist(named, Rec, RL), maplist(named, Dis, DL), ( settled(Path) -> Settled = true ; Settled = false ),
    J = _{tree:T, answer:A, path:Answers, path_text:Texts, situation:SJ, settled:Settled, recommends:Rec, recommends_labels:RL, discourages:Dis, discourages_labels:DL, verdict:V, how:How, main:Main, main_label:ML, reason:Reason}.


% ---- the person of a path -----------------------------------------------------------------------------------

%!  leaf_situation(+Path, +Recommended, +Discouraged, -Pairs) is det.
%   Field-given(Value), sorted: one value within all conditions on the path. What a path says of the
%   technique itself is the thing in question, not a circumstance.
leaf_situation(Path, Rec, Dis, Pairs) :-
    findall(F-Ts, ( member(Q-A, Path), member(X, [Q,A]), findall(F0-N, kb:condition(X, when, N, F0, _, _), FNs0), sort(FNs0, FNs), member(F-N, FNs),
                    \+ kb:quantity(F, _, 'Technique', _, _, _, _, _, _, _, _, _), findall(Op-V, kb:condition(X, when, N, F, Op, V), Ts) ), Ks0),
    keysort(Ks0, Ks), group_pairs_by_key(Ks, Groups), append(Rec, Dis, Things),
    findall(F-given(V), ( member(F-Tests, Groups), within(F, Tests, Things, V) ), Pairs0),
    ( goal_meant(Pairs0, Things, G) -> Pairs1 = [goal-given(G)|Pairs0] ; Pairs1 = Pairs0 ), sort(Pairs1, Pairs).

%   Of several values the first; of goals the assumed one, one that advice names for something of the leaf, or one that it serves.
%   Of a range the lower end; where there is only an upper end, that, or the next whole number below it.
within(F, Tests, Things, V) :-
    findall(Vs, ( member(Ts, Tests), findall(X, ( member(Op-X, Ts), memberchk(Op, [value, one_of]) ), Vs), Vs \== [] ), Sets), Sets = [S1|More], !,
    foldl(both, More, S1, All), sort(All, Sorted), Sorted = [First|_],
    ( F == goal, member(Test, [assumed, advised, served]), member(V, Sorted), goal_fits(Test, V, Things) -> true ; V = First ).
within(F, Tests, _, V) :-
    kb:quantity(F, _, Type, _, _, Lo0, Hi0, _, _, _, _, _), append(Tests, Flat),
    findall(L, ( member(Op-L, Flat), memberchk(Op, [at_least, above]) ), Ls), findall(H, ( member(Op-H, Flat), memberchk(Op, [at_most, below]) ), Hs),
    (   Ls \== [] -> max_list(Ls, V0), ( memberchk(above-V0, Flat) -> min_list([Hi0|Hs], H0), V1 is (V0+H0)/2 ; V1 = V0 )
    ;   min_list(Hs, H0), ( memberchk(at_most-H0, Flat) -> V1 = H0 ; Mid is (Lo0+H0)/2, V1 is max(H0-1, Mid) ) ),
    ( Type == integer -> V is floor(V1) ; V = V1 ).
both(Vs, Ws, Us) :- findall(V, ( member(V, Vs), memberchk(V, Ws) ), Us).

goal_fits(assumed, G, Things) :- kb:default_of(goal, G), served(G, Things).
goal_fits(advised, G, Things) :- served(G, Things), member(T, Things), kb:advice(T, choose, A), kb:condition(A, when, _, goal, _, G).
goal_fits(served, G, Things)  :- served(G, Things).

served(G, Things) :- member(T, Things), member_of(X, T), kb:fact(X, serves, G), !.

%   A path that says nothing of the goal is asked for the assumed one, or for one that the leaf can serve.
goal_meant(Pairs, Things, G) :-
    \+ memberchk(goal-_, Pairs), Things \== [], dict_pairs(D, s, Pairs), completed(D, S), get_dict(goal, S, assumed(Default, _)), \+ served(Default, Things),
    findall(G0, ( member(T, Things), member_of(X, T), kb:fact(X, serves, G0) ), Gs0), msort(Gs0, Gs), Gs = [G|_].

% ---- what it is worth ------------------------------------------------------------------------------------------

%!  member_of(?Thing, +Named) is nondet.
%   What a name covers: itself, its variants, the members of a family.
member_of(T, T).
member_of(X, T) :- kb:fact(X, variantOf, T0), upward(T0, T).
member_of(X, T) :- kb:isa(T, 'Family'), kb:fact(X, family, F), family_up(F, T).
upward(T, T).
upward(X, T) :- kb:fact(X, variantOf, Y), upward(Y, T).
family_up(F, F).
family_up(F, T) :- kb:fact(F, family, G), family_up(G, T).

covered(X, Things) :- member(T, Things), member_of(X0, T), X0 == X, !.

%   Every branch on the path is taken by a condition.
settled(Path) :- forall(member(_-A, Path), ( kb:condition(A, when, _, _, _, _) -> true ; kb:fact(A, otherwise, true) )).

%!  judge(+Situation, +Main, +Steps, +Path, +Recommended, +Discouraged, -Verdict, -How, -Reason) is det.
judge(_, _, _, _, [], [], none, nothing_compared, null) :- !.
judge(S, Main, Steps, _, _, [D|Ds], V, How, Reason) :- !,
    (   Main \== none, memberchk(Main, [D|Ds]) -> V = contradicts, How = put_first, step_reason(Main, Steps, Reason)
    ;   verdict(viable(D), S, no), why_not(S, D, Reason0), get_dict(depends_on, Reason0, []) -> V = agrees, How = not_viable, Reason = Reason0
    ;   allowed_when(S, D, Reason0) -> V = contradicts, How = allowed_when, Reason = Reason0
    ;   V = agrees, How = another_first, over(S, Main, D, Reason) ).
judge(_, _, Steps, _, Rec, [], agrees, K, Reason) :-
    member(K, [main, first, with]), member(step(K, X, _), Steps), covered(X, Rec), !, step_reason(X, Steps, Reason).
judge(S, Main, _, Path, Rec, [], V, How, Reason) :-
    findall(O-(T-V0), ( member(R, Rec), ( kb:isa(R, 'Family') -> member_of(T, R), kb:isa(T, 'Approach') ; T = R ), open_to(S, T, V0), nth0(O, [yes,maybe,no], V0) ), Ks), keysort(Ks, Sorted),
    (   Sorted = [_-(T-yes)|_] -> ( settled(Path) -> behind(S, Main, T, V, How, Reason) ; V = agrees, How = viable, over(S, Main, T, Reason) )
    ;   Sorted = [_-(T-maybe)|_] -> ( settled(Path) -> behind(S, Main, T, V, How, Reason) ; V = open, How = depends, why_not(S, T, Reason) )
    ;   Sorted = [_-(T-no)|_] -> V = contradicts, How = not_viable, why_not(S, T, Reason)
    ;   V = open, How = no_member, Reason = null ).

%   A practice is not ranked: it is open when its requirements are met.
open_to(S, T, V) :- kb:isa(T, 'Approach'), !, verdict(viable(T), S, V).
open_to(S, T, V) :- verdict(requirements_met(T), S, V).

behind(S, Main, T, V, How, Reason) :-
    (   kb:isa(T, 'Approach'), Main \== none, preferred_to(S, Main, T, R), R \== even -> V = contradicts, How = another_first, over(S, Main, T, Reason)
    ;   V = agrees, How = even, over(S, Main, T, Reason) ).

%   A ban without exception is contradicted when the rules put the thing first for a person with more or less of something:
%   another model size, other data. Another goal would be another question.
allowed_when(S, D, Reason) :-
    findall(N-A, ( kb:advice(D, choose, A), findall(F, kb:condition(A, when, _, F, _, _), Fs), sort(Fs, Set), length(Set, N) ), As0), keysort(As0, As),
    member(_-A, As), more_said(S, A, D, Extra, S1), recommended(S1, D), !,
    findall(F-V, ( member(F-given(V), Extra), \+ get_dict(F, S, assumed(V, _)) ), Ps), dict_pairs(W, _, Ps),
    findall(X, ( member(F-V, Ps), amount_text(F, V, X) ), Xs), atomic_list_concat(Xs, ', ', XT),
    advice_dict(A, I), get_dict(text, I, Tx), get_dict(source, I, So), get_dict(source_label, I, SL), get_dict(locator, I, Lo), format(string(T), "allowed with ~w: ~w", [XT,Tx]),
    Reason = _{technique:D, text:T, numbers:[], depends_on:[], with:W, source:So, source_label:SL, locator:Lo}.

amount_text(F, V, X) :- named(F, L), quantity_text(F, V, VT), ( sub_string(VT, _, _, 0, L) -> X = VT ; format(string(X), "~w (~w)", [VT,L]) ).

%   What an advice wants beyond what was said, where it does not go against it.
more_said(S, A, D, Extra, S1) :-
    dict_pairs(S, _, Ps0), findall(K-given(V), member(K-given(V), Ps0), Given), dict_pairs(S0, s, Given), \+ assertion_applies(S0, A, when, no),
    findall(F-Ts, ( findall(F0-N0, kb:condition(A, when, N0, F0, _, _), FNs0), sort(FNs0, FNs), member(F-N, FNs), \+ said(F, S), findall(Op-V, kb:condition(A, when, N, F, Op, V), Ts) ), Wants), Wants \== [],
    \+ ( member(F-_, Wants), \+ kb:input(F) ),
    findall(F-given(V), ( member(F-Ts, Wants), within(F, [Ts], [D], V) ), Extra), forall(member(F-given(V), Extra), ( get_dict(F, S, assumed(V, _)) -> true ; amount(F) )),
    append(Given, Extra, Ps1), sort(1, @<, Ps1, Ps2), dict_pairs(S2, s, Ps2), completed(S2, S1),
    assertion_applies(S1, A, when, yes(_)).
said(F, S) :- get_dict(F, S, given(_)).
amount(F) :- kb:quantity(F, _, Type, _, _, _, _, _, _, _, M, _), memberchk(Type, [integer, number]), ( M \== '' -> true ; kb:carrier(F, _, _) -> true ).

% ---- why ------------------------------------------------------------------------------------------------------------

%   {technique, text, numbers, depends_on, source, source_label, locator}
step_reason(X, Steps, Reason) :-
    member(step(_, X, A), Steps), A \== none, !, advice_dict(A, I), get_dict(text, I, Tx), get_dict(source, I, So), get_dict(source_label, I, SL), get_dict(locator, I, Lo),
    Reason = _{technique:X, text:Tx, numbers:[], depends_on:[], source:So, source_label:SL, locator:Lo}.
step_reason(X, _, _{technique:X, text:"", numbers:[], depends_on:[], source:'', source_label:'', locator:''}).

over(S, Main, T, _{technique:T, text:Tx, numbers:[], depends_on:[], source:So, source_label:SL, locator:Lo}) :-
    Main \== none, kb:isa(T, 'Approach'), preferred_to(S, Main, T, R), !, reason_text(S, Main, T, R, D), get_dict(text, D, Tx), get_dict(source, D, So), get_dict(source_label, D, SL), get_dict(locator, D, Lo).
over(_, _, T, _{technique:T, text:"", numbers:[], depends_on:[], source:'', source_label:'', locator:''}).

why_not(S, T, _{technique:T, text:Tx, numbers:Ns, depends_on:Bs, source:So, source_label:SL, locator:Lo}) :-
    ( kb:isa(T, 'Approach') -> G = viable(T) ; G = requirements_met(T) ), explain(G, S, Tree), numbers(S, Tree, missed, Ns0),
    partition(refuses, Ns0, Nos, Others), append(Nos, Others, Ns),
    ( tree_verdict(Tree, maybe(Bl)) -> findall(B, ( member(B, Bl), atom(B) ), Bs) ; Bs = [] ),
    (   Ns = [N|_], ( Nos \== [] ; Bs \== [] ) -> get_dict(text, N, Tx), get_dict(source, N, So), get_dict(source_label, N, SL), get_dict(locator, N, Lo)
    ;   rows(Tree, 40, Rows), findall(X, ( member(R, Rows), get_dict(kind, R, rule), get_dict(verdict, R, no), get_dict(text, R, X) ), Xs), ( last(Xs, Tx) -> true ; Tx = "" ), So = '', SL = '', Lo = '' ).
refuses(N) :- get_dict(verdict, N, no).
