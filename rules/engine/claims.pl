:- module(claims, [claim_value/5, claim_value_or_unknown/5, requirement/6, required_quantity/2, carried_input/4, weigh/5, condition_result/5,
                   assertion_applies/4, measure/3, input_value/3, refuted/1, says/3, lineage/2, claim_point/4, trusted_says/6, dissent/3, ancestor/2]).

/** <module> What sources say, weighed for a situation

A claim applies unless its scope contradicts the situation. Of those that apply:
trusted by the user > more scope conditions met > no condition open > evidence > newer > the
quantity's own rule (cautious or median). A refuted claim is never read.
What loses is dissent, and travels with the value.
*/

:- use_module(value).
:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(library(ordsets)).

%!  input_value(+Situation, +Field, -Value) is nondet.
%   What the person said or what is assumed; otherwise what is known of it: its domain.
input_value(S, K, V) :- get_dict(K, S, G), !, arg(1, G, V0), ( is_list(V0) -> member(V, V0) ; V = V0 ).
input_value(S, K, V) :- derived_input(S, K, V0), !, V = V0.
input_value(_, K, V) :- kb:quantity(K, _, Type, _, _, Lo, Hi, _, _, _, _, _), !, unknown_of(Type, K, Lo, Hi, V).
input_value(_, K, unknown([K])).

unknown_of(Type, K, Lo, Hi, V) :- memberchk(Type, [integer, number]), number(Lo), number(Hi), !, V = span(Lo, Hi, [K]).
unknown_of(_, K, _, _, unknown([K])).

%   A card has a memory and a model has a size also when only the card or the model was named.
derived_input(S, K, V) :- carried_input(S, K, V, _), !.
derived_input(S, K, V) :- kb:concluded(K), kb:derived(K, V, S, sure), !.

%!  carried_input(+Situation, +Field, -Value, -Claim) is nondet.
%   What a claim about a thing that the situation names says of an input not given.
carried_input(S, K, V, Id) :-
    kb:carrier(K, Carrier, Q), get_dict(Carrier, S, G), arg(1, G, Thing0), ( is_list(Thing0) -> member(Thing, Thing0) ; Thing = Thing0 ),
    claim_value(S, Thing, Q, V, claim(Id, _)).

%!  measure(+Situation, +Quantity, -Value) is nondet.
%   A quantity as the situation has it: an input, or what is claimed of the thing an input names.
measure(S, Q, V) :- kb:input(Q), !, input_value(S, Q, V).
measure(S, Q, V) :- kb:carried(Q, Field), !, input_value(S, Field, Thing), claim_value_or_unknown(S, Thing, Q, V, _).
measure(_, Q, unknown([Q])).

% ---- conditions -------------------------------------------------------------------------------------

%!  assertion_applies(+Situation, +Id, +Role, -Result) is det.
%   Result is yes(N), N conditions met; maybe(N, Blame), none fails but some are open; or no, also where its days are over or to come.
%   Asked for yes(N), it stops at the first condition that is not surely met.
assertion_applies(S, Id, Role, R) :-
    (   kb:dated(Id, From, Until), \+ in_force(S, From, Until) -> R = no
    ;   kb:needs(Id, Role, Conditions) -> ( nonvar(R), R = yes(N) -> all_met(Conditions, S, 0, N) ; conditions(Conditions, S, 0, [], R) )
    ;   R = yes(0) ).

all_met([], _, N, N).
all_met([c(Q,Ones,Rest)|Cs], S, N0, N) :-
    ( get_dict(Q, S, _) -> true ; \+ kb:silent(Q) ), condition_result(S, Q, Ones, Rest, yes), !, N1 is N0+1, all_met(Cs, S, N1, N).

%   What was said for a time only holds on its days.
in_force(S, From, Until) :- ( get_dict(as_of, S, G) -> arg(1, G, Day), Day @>= From, Day @=< Until ; true ).

conditions([], _, N, B, R) :- ( B == [] -> R = yes(N) ; R = maybe(N, B) ).
conditions([c(Q,Ones,Rest)|Cs], S, N0, B0, R) :-
    condition_result(S, Q, Ones, Rest, C),
    (   C == yes -> N is N0+1, conditions(Cs, S, N, B0, R)
    ;   C = maybe(B) -> ord_union(B0, B, B1), conditions(Cs, S, N0, B1, R)
    ;   R = no ).

%!  condition_result(+Situation, +Quantity, +Alternatives, +Bounds, -Result) is det.
%   Some alternative is met, and every bound; of several values one is enough.
condition_result(S, Q, Ones, Rest, R) :-
    get_dict(Q, S, G), arg(1, G, V), \+ is_list(V), !, value_meets(V, Ones, Rest, R).
condition_result(S, Q, Ones, Rest, R) :-
    findall(R0, (measure(S, Q, V), value_meets(V, Ones, Rest, R0)), Rs),
    (   memberchk(yes, Rs) -> R = yes
    ;   member(maybe(B), Rs) -> R = maybe(B)
    ;   R = no ).

value_meets(V, Ones, Rest, R) :-
    (   Ones == [] -> R1 = yes ; any_of(Ones, V, R1) ),
    ( R1 == no -> R = no ; bounds_met(Rest, V, R1, R) ).

bounds_met([], _, R, R).
bounds_met([Op-W|Bs], V, R0, R) :- test(Op, V, W, T), both(R0, T, R1), bounds_met(Bs, V, R1, R).

any_of([W|Ws], V, R) :- test(value, V, W, T), ( T == yes -> R = yes ; Ws == [] -> R = T ; any_of(Ws, V, R1), ( R1 == no -> R = T ; R = R1 ) ).

both(no, _, no) :- !.
both(_, no, no) :- !.
both(maybe(A), maybe(B), maybe(C)) :- !, ord_union(A, B, C).
both(maybe(A), _, maybe(A)) :- !.
both(_, maybe(B), maybe(B)) :- !.
both(yes, yes, yes).

test(value, V, W, R)    :- ( same(V, W, R0) -> R = R0 ; ancestor(V, W) -> R = yes ; R = no ).
test(at_least, V, W, R) :- compare_values(>=, V, W, R).
test(at_most, V, W, R)  :- compare_values(=<, V, W, R).
test(above, V, W, R)    :- compare_values(>, V, W, R).
test(below, V, W, R)    :- compare_values(<, V, W, R).

ancestor(V, W) :- atom(V), kb:fact(V, variantOf, W).

% ---- weighing --------------------------------------------------------------------------------------------

refuted(Id) :- kb:fact(Id, refutedBy, _), !.

%!  says(+About, +Quantity, -Id) is nondet.
%   Ids of the claims on About, else on what it is a variant of, else on its family.
says(About, Q, Id) :- line(About, Q, A), \+ \+ kb:claimed(A, Q, _), !, kb:claimed(A, Q, Id).

%!  lineage(+Thing, -Ancestor) is nondet.
lineage(A, A).
lineage(A, B) :- kb:fact(A, variantOf, P), lineage(P, B).
lineage(A, F) :- kb:fact(A, family, F).

%!  line(+Thing, +Quantity, -Ancestor) is nondet.
%   Who may speak for a thing: the line of the technique that it takes the setting from, where it states none; its own line.
line(A, Q, B) :- kb:lent(A, Q, L), lineage(L, B).
line(A, _, B) :- lineage(A, B).

%!  claim_value(+Situation, +About, +Quantity, -Value, -Note) is semidet.
%   Note is claim(Id, Dissent); fails when nobody says anything that applies.
claim_value(S, About, Q, V, claim(Id, Dissent)) :-
    atom(About), line(About, Q, A), \+ \+ kb:claimed(A, Q, _), !,
    (   kb:settled(A, Q, V0, Id0, Dissent0), \+ trusted_speaks(S, A, Q)
    ->  V = V0, Id = Id0, Dissent = Dissent0
    ;   weigh(S, About, Q, point, [w(V, Id)|Rest]), dissent(V, Rest, Dissent) ).

trusted_speaks(S, About, Q) :- get_dict(trust, S, _), kb:claimed(About, Q, Id), kb:assertion(Id, _, Source, _, _, _), trusted(S, Source, 1), !.

%!  claim_value_or_unknown(+Situation, +About, +Quantity, -Value, -Note) is det.
claim_value_or_unknown(S, unknown(B), Q, V, open) :- !, range_over(S, B, Q, V).
claim_value_or_unknown(S, A, Q, V, Note) :- claim_value(S, A, Q, V, Note), !.
claim_value_or_unknown(_, A, Q, span(0, 1.0e18, [nobody(A,Q)]), open).

%   A thing not named may be any of its class: the span of what is claimed of them.
range_over(S, B, Q, V) :-
    B = [Field|_], kb:quantity(Field, _, Class, _, _, _, _, _, _, _, _, _),
    findall(X, (kb:isa(Thing, Class), claim_value(S, Thing, Q, X, _)), Xs),
    (   Xs == [] -> V = unknown(B)
    ;   maplist(number, Xs) -> min_list(Xs, L0), max_list(Xs, H), length(Xs, N), aggregate_all(count, kb:isa(_, Class), C), ( 2*N < C -> L = 0 ; L = L0 ), V = span(L, H, B)
    ;   sort(Xs, [One]) -> V = One
    ;   V = unknown(B) ).

dissent(V, Rest, Dissent) :-
    findall(d(W, I), (member(w(W, I), Rest), differs(V, W)), D0), sort(D0, Dissent).

differs(V, W) :- number(V), number(W), !, abs(V-W) > 1.0e-9*max(abs(V), abs(W)).
differs(V, W) :- V \== W.

%!  weigh(+Situation, +About, +Quantity, +Kind, -Ranked) is semidet.
%   Ranked are w(Value, Id), best first. Kind is point, at_least, at_most or one_of.
weigh(S, About, Q, Kind, Ranked) :-
    line(About, Q, A),
    findall(key(Trust, Met, Full, Order, Date)-w(V, Id),
            ( kb:claimed(A, Q, Id), \+ refuted(Id), claim_point(Id, Q, Kind, V),
              assertion_applies(S, Id, when, R), met(R, Met, Full),
              kb:assertion(Id, _, Source, _, Date0, Level), newest(Date0, Source, Date),
              level(Level, Source, Order), trusted(S, Source, Trust) ), Ks),
    Ks \== [], !,
    sort(1, @>=, Ks, Sorted), settle(Sorted, Q, Kind, Ranked).

met(yes(N), N, 1).
met(maybe(N, _), N, 0).

newest('', Source, Date) :- !, kb:source(Source, _, _, Date).
newest(Date, _, Date).

level('', Source, Order) :- !, ( kb:source(Source, _, Order, _) -> true ; Order = 0 ).
level(Level, _, Order)   :- ( kb:evidence(Level, Order) -> true ; Order = 0 ).

trusted(S, Source, T) :- ( get_dict(trust, S, G), arg(1, G, L), ( is_list(L) -> memberchk(Source, L) ; L == Source ) -> T = 1 ; T = 0 ).

%   Among claims that weigh the same, the quantity's own rule decides.
settle([K-W|Rest], Q, Kind, Ranked) :-
    findall(X, member(K-X, [K-W|Rest]), Equal), findall(X, (member(J-X, Rest), J \== K), Others),
    order_equal(Equal, Q, Kind, Equal1), append(Equal1, Others, Ranked).

order_equal([W], _, _, [W]) :- !.
order_equal(Ws, Q, Kind, Ordered) :-
    (   member(w(V,_), Ws), \+ number(V) -> sort(2, @=<, Ws, Ordered)
    ;   kb:quantity(Q, _, _, _, _, _, _, Caution, By, _, _, _), sort(1, @=<, Ws, Up),
        (   Kind == at_least -> reverse(Up, Ordered)
        ;   Kind == at_most -> Ordered = Up
        ;   By == cautious, Caution == higher -> reverse(Up, Ordered)
        ;   By == cautious -> Ordered = Up
        ;   length(Up, N), I is (N-1)//2, nth0(I, Up, Mid, Sides), Ordered = [Mid|Sides] ) ).

%   A range stands for its careful end, or for its middle where the quantity says median.
claim_point(Id, _, one_of, V)   :- !, findall(X, kb:claim_part(Id, one_of, X), Vs), Vs \== [], V = Vs.
claim_point(Id, _, Kind, V)     :- Kind \== point, !, kb:claim_part(Id, Kind, V).
claim_point(Id, _, point, V)    :- kb:claim_part(Id, value, V), !.
claim_point(Id, Q, point, V)    :- kb:claim_part(Id, low, L), kb:claim_part(Id, high, H), !,
    kb:quantity(Q, _, _, _, _, _, _, Caution, By, _, _, _),
    ( By == cautious -> ( Caution == higher -> V = H ; V = L ) ; V is (L+H)/2 ).
claim_point(Id, _, point, V)    :- kb:claim_part(Id, low, V), !.
claim_point(Id, _, point, V)    :- kb:claim_part(Id, high, V).

%!  trusted_says(+Situation, +Thing, +Quantity, -StatedAs, -Value, -Claim) is semidet.
%   What a trusted source states by one of the quantities that testify to Quantity.
trusted_says(S, T, Q, Q2, V, Id) :-
    get_dict(trust, S, _), kb:fact(Q, testifiedBy, Q2), \+ kb:fact(Q2, comparedWith, _), weigh(S, T, Q2, point, Ranked), member(w(V, Id), Ranked),
    kb:assertion(Id, _, Source, _, _, _), trusted(S, Source, 1), !.

% ---- requirements --------------------------------------------------------------------------------------------

%!  required_quantity(+Technique, -Quantity) is nondet.
required_quantity(T, Q) :-
    findall(Q0, ( lineage(T, A), kb:requirement(A, Q0) ), Qs), sort(Qs, Set), member(Q, Set).

%!  requirement(+Situation, +Technique, +Quantity, -Op, -Bound, -Note) is nondet.
%   The bound that stands, one an operator; several claims on one quantity are one requirement with dissent.
requirement(S, T, Q, Op, Bound, claim(Id, Dissent)) :-
    member(Op, [at_least, at_most, one_of, value]),
    ( Op == value -> kb:quantity(Q, _, boolean, _, _, _, _, _, _, _, _, _), Kind = point ; Kind = Op ),
    weigh(S, T, Q, Kind, [w(Bound, Id)|Rest]), dissent(Bound, Rest, Dissent).
