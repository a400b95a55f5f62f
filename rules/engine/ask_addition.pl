:- module(ask_addition, []).

/** <module> What some more facts would change

The same questions are asked of the knowledge as it is and as it would be, in
one process: the additions are made in a snapshot, which leaves no trace. Asked are verdicts of the approaches that the additions concern, and what is
recommended where one of them could come first or was first.
*/

:- use_module(explain).
:- use_module(rank).
:- use_module(door).
:- use_module(library(lists)).
:- use_module(library(apply)).

:- multifile door:answer/3.

%   {cases: [{name, situation}], add: {view: rows}, remove: {view: rows}, things: [id], until: seconds} to
%   {asked, techniques, rows: [{name, was: {technique: verdict}, is: {...}, main_was, main_is}]}; a main is null where it cannot have changed.
door:answer(addition, Q, _{asked:N, techniques:Ts, rows:Rows}) :-
    get_dict(cases, Q, Cases), get_dict(until, Q, Seconds), get_time(Now), Until is Now+Seconds,
    maplist(case, Cases, Named), open_again,
    get_dict(add, Q, Add), get_dict(remove, Q, Remove), get_dict(things, Q, Things),
    snapshot(( changed(Remove, Add), concerned(Things, Ts), seen(Named, Ts, Until, After) )),
    maplist(before(Ts, Until), After, Rows0), exclude(==(late), Rows0, Rows), length(Rows, N).

%   A build fixes its facts; here they change.
open_again :- forall(( kb:raw(P) ; kb:derived(P) ), dynamic(kb:P)).

case(C, Name-S) :- get_dict(name, C, Name), door:situation(C, S).

%   What is derived is derived anew; rows of claims, which a build drops, are made again of what it kept.
changed(Remove, Add) :-
    findall(claim_row(Id, A, Q, Part, V), ( kb:claimed(A, Q, Id), kb:claim_part(Id, Part, V) ), Rows),
    forall(( kb:derived(N/A) ), ( functor(H, N, A), retractall(kb:H) )), forall(member(Row, Rows), assertz(kb:Row)),
    dict_pairs(Remove, _, Rs), forall(( member(V-Vs, Rs), member(R, Vs) ), ( fact_of(V, R, T), retractall(kb:T) )),
    dict_pairs(Add, _, As), forall(( member(V-Vs, As), member(R, Vs) ), ( fact_of(V, R, T), assertz(kb:T) )),
    kb:derive.

fact_of(View, Row, T) :- maplist(door:typed, Row, Args), T =.. [View|Args].

%   Approaches whose verdict or place the things can touch: themselves, what builds on them, and what is kept away in their favour.
concerned(Things, Ts) :- findall(T, ( member(X, Things), concerns(X, T), kb:isa(T, 'Approach') ), Ts0), sort(Ts0, Ts1),
    findall(T, ( kb:fact(A, instead, I), memberchk(I, Ts1), kb:advice(X, avoid, A), concerns(X, T), kb:isa(T, 'Approach') ), Ts2), append(Ts1, Ts2, Ts3), sort(Ts3, Ts).

concerns(X, X).
concerns(X, T) :- kb:fact(Y, P, X), memberchk(P, [variantOf, family, consistsOf]), concerns(Y, T).

seen([], _, _, []).
seen([Name-S|Cs], Ts, Until, [seen(Name, S, Is, Main)|Rs]) :-
    get_time(Now), Now < Until, !,
    verdicts(Ts, S, Is),
    ( member(T-V, Is), V \== no, \+ \+ advice_for(S, T, choose, _) -> ( recommended(S, M) -> Main = M ; Main = none ) ; Main = open(Ts) ),
    seen(Cs, Ts, Until, Rs).
seen(_, _, _, []).

before(Ts, Until, seen(Name, S, Is, Main0), Row) :-
    get_time(Now),
    (   Now >= Until -> Row = late
    ;   findall(T, ( member(T, Ts), kb:isa(T, 'Approach') ), Old), verdicts(Old, S, Was),
        dict_pairs(WasD, was, Was), dict_pairs(IsD, is, Is),
        (   Main0 = open(_), \+ ( member(T1-V1, Was), V1 \== no, advice_for(S, T1, choose, _) )
        ->  Row = _{name:Name, was:WasD, is:IsD, main_was:null, main_is:null}
        ;   ( recommended(S, M) -> true ; M = none ),
            ( Main0 = open(_) -> ( memberchk(M, Ts) -> MainIs = other ; MainIs = M ) ; MainIs = Main0 ),
            Row = _{name:Name, was:WasD, is:IsD, main_was:M, main_is:MainIs} ) ).

verdicts(Ts, S, Vs) :- findall(T-V, ( member(T, Ts), verdict(viable(T), S, V0), door:name_of(V0, V, _) ), Vs).
