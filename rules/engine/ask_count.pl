:- module(ask_count, [pairs/3]).

/** <module> How many pairs of an approach and another thing are viable

The rule for viable/1 is a conjunction. What of it does not hang on the other
thing is worked out once an approach (residue/4), and approaches of which the
same is left are asked once for all. So are things of which the same is stated.
A catalogue of thousands is counted without asking every pair.
*/

:- use_module(claims).
:- use_module(residue).
:- use_module(door).
:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(library(pairs)).

:- multifile door:answer/3.

door:answer(count_viable, Q, _{count:N}) :- door:situation(Q, S), pairs(S, model, N).

%!  pairs(+Situation, +Field, -Count) is det.
%   Viable pairs over every thing that Field may name and that states a size.
pairs(S, Field, Count) :-
    kb:quantity(Field, _, Class, _, _, _, _, _, _, _, _, _), kb:carrier(Size, Field, Q), Size = Q,
    findall(M, ( kb:isa(M, Class), kb:claimed(M, Q, _), \+ shut(M) ), Ms0), sort(Ms0, Ms),
    setup_call_cleanup(forget_residues, ( groups(S, Field, Groups), alike(Ms, Classes), foldl(count_for(Field, S, Groups), Classes, 0, Count) ), forget_residues).

shut(M) :- kb:fact(M, access, A), memberchk(A, [apiOnly, unverified]).

%   g(Name, Goals, HowMany): approaches of which the same is left.
groups(S, Field, Groups) :-
    put_dict(Field, S, given(''), S0),
    findall(Name-Literals, ( kb:isa(A, 'Approach'), kb:rule(_, viable(A), Literals, _, _), residue(Literals, S0, Field, Name), Name \== never ), Ns0),
    keysort(Ns0, Ns), group_pairs_by_key(Ns, Gs),
    findall(G, ( member(Name-Lss, Gs), ( Name == none -> member(Ls, Lss), G = g(none, Ls, 1) ; Lss = [Ls|_], length(Lss, N), G = g(Name, Ls, N) ) ), Groups).

%   Things of which the same is stated are one class: c(Thing, HowMany).
alike(Ms, Classes) :-
    findall(Key-M, ( member(M, Ms), stated(M, Key) ), Ks0), keysort(Ks0, Ks), group_pairs_by_key(Ks, Groups),
    findall(c(M, N), ( member(_-Alike, Groups), Alike = [M|_], length(Alike, N) ), Classes).

stated(M, key(Vs, Fs, Cs, Own)) :-
    findall(Q-V, ( kb:claimed(M, Q, Id), value_stated(M, Q, Id, V) ), Vs0), findall(P-O, kb:fact(M, P, O), Fs0), findall(C, kb:isa(M, C), Cs0),
    maplist(msort, [Vs0,Fs0,Cs0], [Vs,Fs,Cs]), ( kb:advice(M, _, _) -> Own = M ; Own = '' ).

value_stated(M, Q, _, V)  :- kb:settled(M, Q, V, _, _), !.
value_stated(_, _, Id, Id).   % what hangs on a scope is not compared: such a thing is like itself only

count_for(Field, S, Groups, c(M, Alike), N0, N) :-
    put_dict(Field, S, given(M), S1), foldl(count_group(M, S1), Groups, 0, Sum), N is N0+Sum*Alike.

count_group(M, S, g(Name, Ls, K), N0, N) :- ( surely(Name, Ls, M, S) -> N is N0+K ; N = N0 ).
