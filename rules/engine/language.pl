:- module(language, [op(1180, xfx, ::), op(1130, xfx, otherwise), op(1120, xfx, says), op(1110, xfx, if), leaf_of/1, compile_literal/4, unconcluded/0]).

/** <module> The language rules are written in

    name ::
        head(X, Y) if literal, literal, ...
        says      "what it means when it holds, {X} and {Y}"
        otherwise "what it means when it does not".

A rule becomes three things: kb:rule/5, which the explainer interprets; a
plain clause with two more arguments, the situation and the mode, which
enumeration runs; and a clause of kb:proof/3, which gives the tree of what
surely holds in one pass. Mode sure takes what is not known as not enough;
mode maybe takes it as enough; not/1 swaps them. What a body may say is
leaf_of/1, other heads, and the variables of its own rule.
*/

:- use_module(library(lists)).
:- use_module(library(apply)).

:- op(1180, xfx, user:(::)), op(1130, xfx, user:otherwise), op(1120, xfx, user:says), op(1110, xfx, user:if).

:- multifile kb:rule/5, kb:rule_file/3.
:- dynamic kb:rule/5, kb:rule_file/3.

%!  leaf_of(?Literal) is nondet.
%   What a body may say beside the heads of rules.
leaf_of(input(_Field, _Value)).          % what the person said, else its domain
leaf_of(known(_Field, _Value)).          % guard: said or assumed
leaf_of(unset(_Field)).                  % guard: neither said nor assumed
leaf_of(claim(_About, _Quantity, _Value)).   % what sources say, weighed; unknown where nobody does
leaf_of(claimed(_About, _Quantity, _Value)). % guard: the same, where somebody does
leaf_of(fact(_Subject, _Property, _Object)). % guard: what the ontology states
leaf_of(isa(_Thing, _Class)).            % guard
leaf_of(trusted(_Thing, _Quantity, _Value)).  % guard: a source the person trusts states outright what rules would work out
leaf_of(required(_Technique, _Quantity)).    % guard: sources require something of this quantity
leaf_of(meets(_Technique, _Quantity)).   % the requirement stands and is met
leaf_of(applies(_Assertion)).            % its conditions hold
leaf_of(measure(_Quantity, _Value)).     % an input, or what is claimed of the thing an input names
leaf_of(spread(_N, _X, _Generator, _Goal, _Value)). % N over every X: one number, or the span it may lie in
leaf_of(each(_X, _Generator, _Goal)).    % Goal holds of every X
leaf_of(not(_Goal)).
leaf_of(_ is _).
leaf_of(_ =< _).
leaf_of(_ >= _).
leaf_of(_ < _).
leaf_of(_ > _).
leaf_of(_ == _).
leaf_of(_ \== _).
leaf_of(before(_Date, _Date2)).          % dates, in order
leaf_of(today(_Date)).                   % the day the question is asked for

%   A rule file holds its module, prose and rules, nothing else.
in_rules :- prolog_load_context(source, F), file_directory_name(F, D), file_base_name(D, rules).
no_rule(T) :- nonvar(T), T \== begin_of_file, T \= (:- _), T \= (_ :: _), T \= ((_ :: _) says _), T \= end_of_file, T \= ((_ :: _ says _) otherwise _), T \= otherwise(_, _), T \= says(_, _).

:- dynamic at/3.

user:term_expansion(T, []) :- in_rules, no_rule(T), !, told(no_rule(T)).
user:term_expansion((Name :: Head if Body says Pos otherwise Neg), Clauses) :- !,
    catch(expand_rule(Name, Head, Body, Pos, Neg, Clauses), error(Fault, _), ( told(Fault), Clauses = [] )).
user:term_expansion((Name :: _), []) :- told(rule_without_words(Name)).
user:term_expansion((Name :: _ says _), []) :- told(rule_without_words(Name)).

%!  unconcluded is det.
%   Tells every literal that is no leaf and that no rule concludes.
unconcluded :-
    forall(( kb:rule(Id, _, Body, _, _), member(L, Body), called(L, G), \+ leaf_of(G), functor(G, F, N), functor(H, F, N), \+ kb:rule(_, H, _, _, _) ),
           ( at(Id, File, Line), format(string(T), "no rule concludes ~w/~w", [F,N]), assertz(main:complaint(error, File, Line, T)) )).

called(G, G).
called(not(G), H) :- called(G, H).
called(each(_,G,K), H) :- ( called(G, H) ; called(K, H) ).
called(spread(_,_,G,K,_), H) :- ( called(G, H) ; called(K, H) ).

%   A fault of a rule is kept with its file and line; loading goes on, so that all are told.
told(Fault) :-
    prolog_load_context(source, File),
    ( prolog_load_context(term_position, Pos), stream_position_data(line_count, Pos, Line) -> true ; Line = 0 ),
    fault_text(Fault, Text), assertz(main:complaint(error, File, Line, Text)).

fault_text(rule_without_words(N), T) :- !, format(string(T), "rule ~w has not both its sentences: says \"...\" otherwise \"...\"", [N]).
fault_text(no_such_variable_in_rule(V, S), T) :- !, format(string(T), "the sentence \"~w\" speaks of {~w}, which is no variable of the rule", [S,V]).
fault_text(variable_used_once_in_rule(V), T) :- !, format(string(T), "variable ~w is used once: name it _~w, or say it in a sentence", [V,V]).
fault_text(no_rule(X), T) :- !, format(string(T), "~p is no rule; a rule file holds rules only: NAME :: HEAD if BODY says ... otherwise ...", [X]).
fault_text(rule_named_twice(I), T) :- !, format(string(T), "a rule is called ~w already", [I]).
fault_text(F, T) :- format(string(T), "~p", [F]).

expand_rule(Name, Head, Body, Pos, Neg,
            [ (:- multifile kb:F/N2), (:- discontiguous kb:F/N2), (:- dynamic kb:F/N2),
              kb:rule(Id, Head, Lits, PosT, NegT), kb:rule_file(Id, File, Name), (kb:Plain :- Goal), (kb:proof(Head, S, node(Head, Id, yes, PosT, Kids)) :- Proof) ]) :-
    prolog_load_context(variable_names, Names),
    prolog_load_context(source, Path), file_base_name(Path, Base), file_name_extension(File, _, Base),
    atomic_list_concat([File, Name], '/', Id),
    ( prolog_load_context(term_position, Pos0), stream_position_data(line_count, Pos0, Line0) -> true ; Line0 = 0 ),
    ( at(Id, Path1, Line1), Path1-Line1 \== Path-Line0 -> throw(error(rule_named_twice(Id), _)) ; true ), assertz(at(Id, Path, Line0)),
    conjuncts(Body, Lits),
    forall(( member(V=X, Names), \+ sub_atom(V, 0, _, _, '_') ), used_twice(V, X, Head-Body, Pos, Neg)),
    template(Pos, Names, PosT), template(Neg, Names, NegT),
    Head =.. [F|Args], append(Args, [S,M], Args2), Plain =.. [F|Args2], length(Args2, N2),
    maplist(compile_literal(S, M), Lits, Goals), conjunction(Goals, Goal),
    maplist(proof_literal(S), Lits, Proofs, Kids), conjunction(Proofs, Proof).

used_twice(V, X, Term, Pos, Neg) :-
    occurs_times(X, Term, N), atomic_list_concat(['{', V, '}'], Mark),
    ( N > 1 -> true ; N =:= 1, ( sub_string(Pos, _, _, _, Mark) ; sub_string(Neg, _, _, _, Mark) ) -> true ; throw(error(variable_used_once_in_rule(V), _)) ).

occurs_times(X, T, 1) :- T == X, !.
occurs_times(X, T, N) :- compound(T), !, findall(M, ( arg(_, T, A), occurs_times(X, A, M) ), Ms), sum_list(Ms, N).
occurs_times(_, _, 0).

conjuncts((A,B), Ls) :- !, conjuncts(A, L1), conjuncts(B, L2), append(L1, L2, Ls).
conjuncts(A, [A]).

conjunction([G], G) :- !.
conjunction([G|Gs], (G,R)) :- conjunction(Gs, R).

%   "{X}" in a sentence is the rule's own variable X.
template(S, Names, Parts) :- split_string(S, "{}", "", Raw), parts(Raw, Names, S, Parts).
parts([T], _, _, [T]) :- !.
parts([T,V|Rest], Names, S, [T,X|Parts]) :-
    atom_string(A, V),
    ( memberchk(A=X, Names) -> true ; throw(error(no_such_variable_in_rule(A, S), _)) ),
    parts(Rest, Names, S, Parts).

compile_literal(S, M, Lit, Goal) :- leaf_of(Lit), !, compile_leaf(Lit, S, M, Goal).
compile_literal(S, M, Lit, kb:Plain) :- Lit =.. L, append(L, [S,M], L2), Plain =.. L2.

compile_leaf(spread(N, X, Gen, Goal, V), S, M, leaves:spread_plain(N, X, G1, G2, V, M)) :- !,
    compile_literal(S, maybe, Gen, G1), compile_literal(S, maybe, Goal, G2).
compile_leaf(each(X, Gen, Goal), S, M, forall(leaves:bound(X, G1), G2)) :- !,
    compile_literal(S, maybe, Gen, G1), compile_literal(S, M, Goal, G2).
compile_leaf(not(Goal), S, M, leaves:unless(M, M2, G)) :- !, compile_literal(S, M2, Goal, G).
compile_leaf(V is E, _, _, value:calc(E, V)) :- !.
compile_leaf(A == B, _, M, leaves:equal(M, A, B)) :- !.
compile_leaf(A \== B, _, M, leaves:distinct(M, A, B)) :- !.
compile_leaf(C, _, M, leaves:compared(M, Op, A, B)) :- C =.. [Op,A,B], memberchk(Op, [=<, >=, <, >]), !.
compile_leaf(fact(A, P, B), _, M, leaves:fact_plain(A, P, B, M)) :- !.
compile_leaf(isa(X, C), _, M, leaves:isa_plain(X, C, M)) :- !.
compile_leaf(unset(K), S, _, leaves:unset_plain(K, S)) :- !.
compile_leaf(Lit, S, M, leaves:plain(Lit, S, M)).

%   The same literal where it surely holds, and its part of the tree.
proof_literal(S, not(G), leaves:unless(sure, M, Goal), leaf(not(G), yes, clear)) :- !, compile_literal(S, M, G, Goal).
proof_literal(_, V is E, value:calc(E, V), leaf(V is E, yes, calc(E))) :- !.
proof_literal(_, A == B, value:same(A, B, yes), leaf(A == B, yes, guard)) :- !.
proof_literal(_, A \== B, leaves:distinct(sure, A, B), leaf(A \== B, yes, guard)) :- !.
proof_literal(_, C, value:compare_values(Op, A, B, yes), leaf(C, yes, compare)) :- C =.. [Op,A,B], memberchk(Op, [=<, >=, <, >]), !.
proof_literal(S, L, explain:surely(L, S, K), K) :- memberchk(L, [each(_,_,_), spread(_,_,_,_,_)]), !.
proof_literal(S, L, leaves:leaf(L, S, yes, N), leaf(L, yes, N)) :- leaf_of(L), !.
proof_literal(S, G, kb:proof(G, S, K), K).
