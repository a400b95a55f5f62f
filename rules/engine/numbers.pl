:- module(numbers, [numbers/4]).

/** <module> The comparisons that decided, each with need, have, gap, source and dissent
*/

:- use_module(value).
:- use_module(claims).
:- use_module(explain).
:- use_module(say).
:- use_module(library(lists)).
:- use_module(library(apply)).

%!  numbers(+Situation, +Tree, +Which, -Numbers) is det.
%   The comparisons of a tree; Which is all, or missed: only those that fail or are open.
numbers(S, Tree, Which, Numbers) :-
    findall(N, ( deciding(Tree, T), number_of(S, T, N), wanted(Which, N) ), Ns0), list_to_set(Ns0, Numbers).

%   The outermost comparison on each branch decides; those beneath it only lead to its figures.
deciding(T, T) :- decides(T), !.
deciding(node(_,_,_,_,Ks), X) :- member(K, Ks), deciding(K, X).
deciding(each(_,_,Ks), X)     :- member(K, Ks), deciding(K, X).

decides(leaf(meets(_,_), _, requirement(_,_,_,_))).
decides(node(_,_,_,_,Kids)) :- member(leaf(C,CV,compare), Kids), CV \== open, compound(C), !.

wanted(all, _).
wanted(missed, N) :- get_dict(verdict, N, V), V \== yes.

%   Negated sub-proofs do not decide by their own comparisons.
within_open(T, T).
within_open(node(_,_,_,_,Ks), X) :- member(K, Ks), within_open(K, X).
within_open(each(_,_,Ks), X)     :- member(K, Ks), within_open(K, X).

number_of(S, node(Goal,Rule,V,Sentence,Kids), N) :-
    member(leaf(C,CV,compare), Kids), C =.. [Op,A,B], memberchk(Op, [=<,>=,<,>]), CV \== open,
    ( memberchk(Op, [=<,<]) -> Need = A, Have = B ; Need = B, Have = A ),
    file_concern(Rule, Label), sentence(Sentence, Text0), verdict_name(V, VN, Bl), gap(CV, Need, Have, Gap),
    ( member(K, Kids), K \= leaf(_,_,_), head_goal(K, G), G =.. [Q|Args], member(X, Args), X == Need -> unit_of(Q, U) ; Q = '', U = '' ),
    detail(Kids, Need, Detail), blame_texts(Bl, BT), testimony(S, Goal, Q, Op, A, B, Testimony), json_value(Need, JN), json_value(Have, JH),
    findall(I, ( member(K2, Kids), within_open(K2, leaf(_,_,claim(_,_,CVal,claim(Id,Ds)))), Ds \== [], claim_info(Id, CVal, I0), dissent_info(Ds, Di), put_dict(dissent, I0, Di, I) ), Contested0),
    list_to_set(Contested0, Contested),
    findall(SL, ( member(K3, Kids), within_open(K3, leaf(_,_,claim(_,_,_,claim(Id3,_)))), cited(Id3, _, SL, _) ), SLs0), list_to_set(SLs0, SLs),
    N = _{label:Label, rule:Rule, quantity:Q, unit:U, need:JN, have:JH, gap:Gap, verdict:VN, text:Text0, detail:Detail, depends_on:BT, contested:Contested, sources:SLs, source:'', source_label:'', locator:'', claim:'', dissent:Testimony}.
number_of(_, leaf(meets(T,Q), V, requirement(_,_,Have,Bs)), N) :-
    Bs = [b(Op,B,claim(Id,Ds))|_], cited(Id, So, SL, Lo), dissent_info(Ds, Dis), verdict_name(V, VN, Bl), blame_texts(Bl, BT),
    ( kb:quantity(Q, _, _, _, _, _, _, _, _, _, _, C), C \== '' -> Label = C ; Label = Q ),
    requirement_text(Q, Have, Op, B, Text), gap(V, B, Have, Gap), unit_of(Q, U), json_value(Have, JH), json_value(B, JB),
    dissent_verdicts(Op, Have, Ds, Dis, Dis2),
    N = _{label:Label, rule:'viability/requirement_met', technique:T, quantity:Q, unit:U, need:JB, have:JH, gap:Gap, verdict:VN, text:Text, detail:"", depends_on:BT, contested:[], sources:[SL], source:So, source_label:SL, locator:Lo, claim:Id, dissent:Dis2}.

%   What sources say outright of a quantity that rules work out: tw:testifiedBy names the quantities they say it by.
testimony(S, Goal, Q, Op, A, B, Ds) :-
    Goal =.. [_,T|_], atom(T), Q \== '',
    findall(k(O,N)-D, ( kb:fact(Q, testifiedBy, Q2), says(T, Q2, Id), assertion_applies(S, Id, when, R), ( R = yes(N) ; R = maybe(N,_), N > 0 ), claim_point(Id, Q2, point, V),
                      kb:assertion(Id, _, Src, _, _, _), kb:source(Src, _, O0, _), O is -O0,
                      claim_info(Id, V, I), ( kb:fact(Q2, comparedWith, F) -> once(input_value(S, F, Nominal)), compare_values(=<, V, Nominal, C) ; memberchk(Op, [=<,<]) -> compare_values(Op, V, B, C) ; compare_values(Op, A, V, C) ), verdict_name(C, CN, _),
                      ( refuted(Id) -> Re = true ; Re = false ),
                      named(Q2, QL), quantity_text(Q2, V, VT), format(string(Tx), "~w (~w)", [VT,QL]), put_dict(_{would:CN, text:Tx, refuted:Re}, I, D) ), Ks),
    keysort(Ks, Sorted), findall(D, member(_-D, Sorted), Ds0), first_of_each(Ds0, [], Ds), !.
testimony(_, _, _, _, _, _, []).

first_of_each([], _, []).
first_of_each([D|Ds], Seen, Out) :- get_dict(source, D, Src), ( memberchk(Src, Seen) -> Out = Rest ; Out = [D|Rest] ), first_of_each(Ds, [Src|Seen], Rest).

%   What the verdict would be by the dissenting figure.
dissent_verdicts(Op, Have, Ds, Dis, Out) :-
    findall(D, ( nth1(I, Ds, d(V,_)), nth1(I, Dis, D0), ( leaves:bound_result(Op, Have, V, R) -> verdict_name(R, RN, _) ; RN = no ), put_dict(would, D0, RN, D) ), Out).

head_goal(node(G,_,_,_,_), G).
head_goal(spread(_,_,T), G) :- head_goal(T, G).
head_goal(leaf(L,_,_), L).

%   The sentence beneath a compared figure that adds it up: the one that lists the most parts.
detail(Kids, Need, Text) :-
    member(K, Kids), K \= leaf(_,_,_), head_goal(K, G), G =.. [_|As], member(X, As), X == Need, !,
    findall(C-T0, ( beneath(K, 4, T0), commas(T0, C) ), Ts0), sort(1, @>=, Ts0, [_-T|_]),
    ( contains_spread(K, N) -> format(string(Text), "over ~w models of about that size; the largest: ~w", [N,T]) ; Text = T ).
detail(_, _, "").

beneath(node(_,_,_,Sn,Ks), D, T) :- ( sentence(Sn, T) ; D > 0, D1 is D-1, member(K, Ks), beneath(K, D1, T) ).
beneath(spread(_,_,K), D, T)     :- beneath(K, D, T).

commas(T, N) :- split_string(T, ",", "", Ps), length(Ps, N).

contains_spread(K, N) :- within(K, spread(_,Found,_)), !, length(Found, N).

file_concern(Rule, Label) :- atomic_list_concat([Label|_], '/', Rule).

gap(no, Need, Have, Gap) :- number(Need), number(Have), !, Gap is abs(Need-Have).
gap(_, _, _, null).
