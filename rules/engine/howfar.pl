:- module(howfar, [how_far/6, who_says/3, settles_most/3, assumptions/4]).

/** <module> How far a verdict holds, by whose figures, and what would settle an open one

A range is exact: inside it the verdict stays, one step further it does not.
*/

:- use_module(value).
:- use_module(claims).
:- use_module(explain).
:- use_module(rank).
:- use_module(whatif).
:- use_module(library(lists)).
:- use_module(library(apply)).

% ---- how far ------------------------------------------------------------------------------------------------

%!  how_far(+Goal, +Situation, +Tree, +Field, -Range, -Now) is semidet.
%   range(Low, High) around the present value, or values(Names, Total): where the verdict stays what it is.
%   Tree is the goal's proof: figures that it compares the field with are likely edges.
how_far(Goal, S, Tree, K, Range, Now) :-
    once(input_value(S, K, Now)), known_value(Now), ( ( Tree = node(Goal, _, yes, _, _) ; holds(Goal, S) ) -> sharpened(Goal, K, S, G) ; G = not(Goal), holds(G, S) ),
    (   numeric(K)
    ->  kb:quantity(K, _, Type, _, _, Lo, Hi, _, _, _, _, _), borders(Tree, K, Now, Bs),
        stretch(G, K, S, Type, Bs, Now, Lo, L), stretch(G, K, S, Type, Bs, Now, Hi, H), Range = range(L, H)
    ;   kb:quantity(K, _, Type, _, _, _, _, _, _, _, _, _),
        findall(V, candidate_or_now(K, S, Type, V), Vs0), sort(Vs0, Vs), length(Vs, Total),
        findall(V, ( member(V, Vs), changed(S, [K-V], S1), holds(G, S1) ), Ok), Range = values(Ok, Total) ).

borders(Tree, K, Now, Bs) :-
    findall(B, ( landmark(K, B) ; within(Tree, leaf(C, _, compare)), C =.. [_,X,Y], ( X == Now -> B = Y ; Y == Now -> B = X ), number(B), B =\= Now ), Bs0), sort(Bs0, Bs).

candidate_or_now(K, S, _, V) :- candidate(K, S, V, _).
candidate_or_now(K, S, _, V) :- input_value(S, K, V).

stretch(G, K, S, _, _, _, End, End) :- changed(S, [K-End], S1), holds(G, S1), !.
stretch(G, K, S, Type, Bs, Now, End, B) :-
    member(B, Bs), ( Now =< B, B < End -> Step = 1 ; End < B, B =< Now -> Step = -1 ),
    changed(S, [K-B], S1), holds(G, S1), one_further(Type, Step, B, C), changed(S, [K-C], S2), \+ holds(G, S2), !.
stretch(G, K, S, integer, _, Now, End, Edge) :- Now > 0, End > Now, !, leap(G, K, S, Now, End, Edge).
stretch(G, K, S, Type, _, Now, End, Edge) :- bisect(Type, 200, G, K, S, End, Now, Edge).

one_further(integer, Step, B, C) :- C is B+Step.
one_further(number, Step, B, C)  :- C is B+Step*0.01.

%   Twice as far each time, then drawn back.
leap(G, K, S, Good, End, Edge) :-
    Next is Good*2,
    (   Next >= End -> bisect(integer, 200, G, K, S, End, Good, Edge)
    ;   changed(S, [K-Next], S1), holds(G, S1) -> leap(G, K, S, Next, End, Edge)
    ;   bisect(integer, 200, G, K, S, Next, Good, Edge) ).

% ---- who says so ----------------------------------------------------------------------------------------------

%!  who_says(+Goal, +Situation, -Verdicts) is det.
%   says(Source, Verdict): the verdict under each source's own numbers, of all sources whose claims the answer read.
who_says(Goal, S, Verdicts) :-
    explain(Goal, S, Tree), sources_of(Tree, Sources), verdict(Goal, S, V0), findall(Src, ( differing(Tree, Id), kb:assertion(Id, _, Src, _, _, _) ), Ds0), sort(Ds0, Differing),
    findall(says(Src, V), ( member(Src, Sources), ( ( memberchk(Src, Differing) ; get_dict(trust, S, _) ) -> put_dict(trust, S, given([Src]), S1), verdict(Goal, S1, V) ; V = V0 ) ), Verdicts).

%   Only a claim that lost, or one that a rule would read if its source were trusted, can change the verdict.
differing(Tree, Id) :- within(Tree, leaf(_,_,Note)), ( Note = claim(_,_,_,claim(_,D)) -> true ; Note = requirement(_,_,_,Bs), member(b(_,_,claim(_,D)), Bs) ), member(d(_,Id), D).
differing(Tree, Id) :- testifies(Tree, Id).

sources_of(Tree, Sources) :-
    findall(Src, ( said_in(Tree, Id), kb:assertion(Id, _, Src, _, _, _) ), Ss), sort(Ss, Sources).

said_in(Tree, Id) :- within(Tree, leaf(_,_,Note)), note_claim(Note, Id).
said_in(Tree, Id) :- testifies(Tree, Id).

testifies(Tree, Id) :- within(Tree, node(G,_,_,_,_)), G =.. [Q,T|_], atom(T), kb:fact(Q, testifiedBy, Q2), \+ kb:fact(Q2, comparedWith, _), says(T, Q2, Id), \+ refuted(Id).

note_claim(claim(_,_,_,claim(Id,_)), Id).
note_claim(claim(_,_,_,claim(_,D)), Id) :- member(d(_,Id), D).
note_claim(requirement(_,_,_,Bs), Id)   :- member(b(_,_,claim(Id,_)), Bs).
note_claim(requirement(_,_,_,Bs), Id)   :- member(b(_,_,claim(_,D)), Bs), member(d(_,Id), D).

% ---- ask and assumptions --------------------------------------------------------------------------------------

%!  settles_most(+Situation, +Ranked, -Fields) is det.
%   Count-Field: open inputs, by how many verdicts depend on them.
settles_most(S, Ranked, Fields) :-
    findall(K, ( member(r(T,maybe), Ranked), explain(viable(T), S, Tree), tree_verdict(Tree, maybe(B)), member(K, B), atom(K), kb:input(K) ), Ks0),
    msort(Ks0, Ks), clump(Ks, Counts), sort(1, @>=, Counts, Fields).

clump([], []).
clump([K|Ks], [N-K|Rest]) :- partition(==(K), Ks, Same, Others), length(Same, M), N is M+1, clump(Others, Rest).

%!  assumptions(+Situation, +Main, +Fields, -Turning) is det.
%   turns(Field, Value, Other): an assumption which, were it Value, would make Other the main step.
assumptions(S, Main, Fields, Turning) :-
    findall(turns(K, V, Other), ( member(K, Fields), get_dict(K, S, A), A = assumed(Now,_), once(( other_value(K, Now, S, V), put_dict(K, S, given(V), S1), recommended(S1, Other), Other \== Main, once(advice_for(S1, Other, choose, _)) )) ), Turning).

other_value(K, Now, S, V) :- numeric(K), !, kb:quantity(K, _, _, _, _, Lo, Hi, _, _, _, _, _), Now > 0, member(F, [2,8,0.5]), V0 is Now*F, V1 is max(Lo, min(Hi, V0)), kb:quantity(K, _, T, _, _, _, _, _, _, _, _, _), ( T == integer -> V is round(V1) ; V = V1 ), V =\= Now, S = S.
other_value(K, _, S, V) :- kb:quantity(K, _, Type, _, _, _, _, _, _, _, _, _), memberchk(Type, [boolean, 'Priority', 'Optimizer', 'TrainingPrecision']), candidate(K, S, V, _).
