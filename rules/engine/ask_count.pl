:- module(ask_count, [pairs/3]).

/** <module> How many pairs of an approach and another thing are viable

The rule for viable/1 is a conjunction. What of it does not read the other
thing is asked once an approach; what does is asked once a thing for all
approaches that the rules cannot tell apart, since they state the same of what
was read. So a catalogue of thousands is counted without asking every pair.
*/

:- use_module(claims).
:- use_module(explain).
:- use_module(language).
:- use_module(door).
:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(library(ordsets)).
:- use_module(library(pairs)).

:- multifile door:answer/3.

door:answer(count_viable, Q, _{count:N}) :- door:situation(Q, S), pairs(S, model, N).

%!  pairs(+Situation, +Field, -Count) is det.
%   Viable pairs over every thing that Field may name and that states a size.
pairs(S, Field, Count) :-
    kb:quantity(Field, _, Class, _, _, _, _, _, _, _, _, _), kb:carrier(Size, Field, Q), Size = Q,
    findall(M, ( kb:isa(M, Class), kb:claimed(M, Q, _), \+ shut(M) ), Ms0), sort(Ms0, Ms),
    ( Ms = [Sample|_] -> true ; Sample = none ), put_dict(Field, S, given(Sample), S0),
    kb:rule(_, viable(T), Body, _, _), !,
    findall(k(Dependent, Key)-A, ( kb:isa(A, 'Approach'), copy_term(T-Body, A-Literals), partition(reads_field(Field, A), Literals, Dependent0, Free),
                                   all_hold(Free, S0), key(Dependent0, A, S0, Key), copy_term(Dependent0, Dependent1), subst(A, '$t', Dependent1, Dependent) ), Ks0),
    keysort(Ks0, Ks), group_pairs_by_key(Ks, Groups),
    findall(g(Ls, N), ( member(k(Ls0, _)-As, Groups), As = [A|_], length(As, N), subst('$t', A, Ls0, Ls) ), Gs),
    foldl(count_for(Field, S, Gs), Ms, 0, Count).

shut(M) :- kb:fact(M, access, A), memberchk(A, [apiOnly, unverified]).

count_for(Field, S, Gs, M, N0, N) :-
    put_dict(Field, S, given(M), S1),
    findall(K, ( member(g(Ls, K), Gs), all_hold(Ls, S1) ), Ks), sum_list(Ks, Sum), N is N0+Sum.

subst(X, Y, Ls0, Ls) :- maplist(subst_one(X, Y), Ls0, Ls).
subst_one(X, Y, L0, L) :- L0 =.. [F|As0], findall(B, ( member(A, As0), ( A == X -> B = Y ; B = A ) ), As), L =.. [F|As].

all_hold([], _).
all_hold([L|Ls], S) :- plain_goal(L, S, sure, G), \+ \+ call(G), all_hold(Ls, S).

%   Two approaches are alike when their proofs read the same of them.
key(Ls, A, S, Key) :-
    findall(P, ( member(L, Ls), explain(L, S, Tree), within(Tree, leaf(Lit, _, Note)), stated_of(A, Lit, Note, P) ), Ps), sort(Ps, Key).

stated_of(A, fact(X,P,B), _, P-B)          :- X == A.
stated_of(A, isa(X,C), _, isa-C)           :- X == A.
stated_of(A, _, claim(X,Q,V,_), Q-V)       :- X == A.
stated_of(A, not(G), N, F/N1)              :- G =.. [F|As], memberchk(A, As), functor(N, N1, _).
stated_of(A, meets(X,Q), requirement(_,_,_,Bs), Q-Vs) :- X == A, findall(Op-V, member(b(Op,V,_), Bs), Vs).
stated_of(A, required(X,Q), _, required-Q) :- X == A.

%   Whether a literal can read the field, through all rules it calls.
reads_field(Field, _, L) :- reads(L, [], Fs), memberchk(Field, Fs), !.
reads_field(Field, A, L) :- reads(L, [], Fs), memberchk(requirement, Fs), required_quantity(A, Q), kb:carried(Q, Field), !.

reads(L, Seen, Fs) :- findall(F, reads_one(L, Seen, F), Fs0), sort(Fs0, Fs).

reads_one(L, _, F) :- direct(L, F).
reads_one(not(G), Seen, F) :- reads_one(G, Seen, F).
reads_one(each(_,G,H), Seen, F) :- ( reads_one(G, Seen, F) ; reads_one(H, Seen, F) ).
reads_one(spread(_,_,G,H,_), Seen, F) :- ( reads_one(G, Seen, F) ; reads_one(H, Seen, F) ).
reads_one(L, Seen, F) :- \+ leaf_of(L), functor(L, N, A), \+ memberchk(N/A, Seen), functor(H, N, A), kb:rule(_, H, Body, _, _), member(B, Body), reads_one(B, [N/A|Seen], F).

direct(input(F,_), F).
direct(known(F,_), F).
direct(unset(F), F).
direct(meets(_,_), requirement).
direct(measure(_,_), F) :- kb:carried(_, F).
