:- module(say, [cited/4, advice_dict/2, rows/3, sentence/2, value_text/2, quantity_text/3, named/2, reason_text/5, claim_info/3, dissent_info/2, blame_texts/2, json_value/2, verdict_name/3, requirement_text/5, unit_of/2]).

/** <module> A proof as rows a person or a program can read

Rows are dicts {id, parent, kind, rule, verdict, text, ...}.
*/

:- use_module(value).
:- use_module(claims).
:- use_module(explain).
:- use_module(library(lists)).
:- use_module(library(apply)).

% ---- words ----------------------------------------------------------------------------------------------

%!  sentence(+Parts, -Text:string) is det.
%   A template's parts with its variables filled in.
sentence(Parts, Text) :- maplist(part_text, Parts, Ts), atomics_to_string(Ts, Text).
atomics_to_string(Ts, Text) :- atomic_list_concat(Ts, A), atom_string(A, Text).

part_text(P, "?")  :- var(P), !.
part_text(P, P)    :- string(P), !.
part_text(text(T), S) :- !, format(string(S), "~p", [T]).
part_text(P, S)    :- value_text(P, S0), ( S0 == "not said" -> S = "an unknown number of" ; S = S0 ).

%!  value_text(+Value, -Text) is det.
value_text(V, "?") :- var(V), !.
value_text(span(L,H,_), S) :- H > 1000, L*10000 =< H, !, ( L =< 1 -> S = "not said" ; value_text(L, A), format(string(S), "~w or more", [A]) ).
value_text(span(L,H,_), S) :- !, value_text(L, A), ( H >= 1.0e17 -> format(string(S), "~w or more", [A]) ; value_text(H, B), format(string(S), "~w to ~w", [A,B]) ).
value_text(unknown(_), "not known") :- !.
value_text(true, "yes") :- !.
value_text(false, "no") :- !.
value_text(N, S) :- integer(N), !, format(string(S), "~D", [N]).
value_text(N, S) :- number(N), !, number_text(N, S).
value_text(Vs, S) :- is_list(Vs), !, maplist(value_text, Vs, Ts), atomic_list_concat(Ts, ' or ', A), atom_string(A, S).
value_text(A, S) :- atom(A), !, named(A, N), atom_string(N, S).
value_text(C, S) :- compound(C), !, functor(C, F, _), words_of(F, S).
value_text(S, S).

number_text(N, S) :- N =:= round(N), abs(N) >= 100, !, R is round(N), format(string(S), "~D", [R]).
number_text(N, S) :- abs(N) >= 100, !, R is round(N), format(string(S), "~D", [R]).
number_text(N, S) :- abs(N) >= 10, !, format(string(S0), "~1f", [N]), trimmed(S0, S).
number_text(N, S) :- abs(N) >= 1, !, format(string(S0), "~2f", [N]), trimmed(S0, S).
number_text(N, S) :- N =:= 0, !, S = "0".
number_text(N, S) :- D is max(2, 2-floor(log(abs(N))/log(10))), D1 is min(D, 12), format(string(S0), "~*f", [D1,N]), trimmed(S0, S).

trimmed(S0, S) :- string_codes(S0, Cs), reverse(Cs, Rs), drop_zeros(Rs, Ds), reverse(Ds, Es), string_codes(S, Es).
drop_zeros([0'0|Cs], Ds) :- !, drop_zeros(Cs, Ds).
drop_zeros([0'.|Cs], Cs) :- !.
drop_zeros(Cs, Cs).

%!  named(+Id, -Label) is det.
named(Id, L) :- kb:label(Id, L), !.
named(Q, L)  :- kb:quantity(Q, L, _, _, _, _, _, _, _, _, _, _), !.
named(Id, Id).

unit_of(Q, U) :- kb:quantity(Q, _, _, U, _, _, _, _, _, _, _, _), !.
unit_of(_, '').

with_unit(T, '', T) :- !.
with_unit("1", U0, S) :- one_of(U0, U), !, format(string(S), "1 ~w", [U]).
with_unit(T, U, S) :- format(string(S), "~w ~w", [T,U]).

%   One sequence, one GPU, one pass; units written short (GiB, h) stay.
one_of(Many, One) :- ( atom_concat(Stem, sses, Many) -> atom_concat(Stem, ss, One) ; atom_concat(One, s, Many), atom_length(One, L), L > 2 ).

quantity_text(Q, V, S) :- value_text(V, T), unit_of(Q, U), ( T == "not said" -> format(string(S), "~w ~w", [U,T]) ; with_unit(T, U, S) ).

blame_texts(B, Ts) :-
    findall(K, ( member(K, B), atom(K) ), Ks),
    findall(A, member(nobody(A,_), B), As0), sort(As0, As),
    findall(T, ( member(A, As), findall(Q, member(nobody(A,Q), B), Qs), unsaid_text(A, Qs, T) ), Us),
    append(Ks, Us, Ts0), list_to_set(Ts0, Ts).

unsaid_text(A, [Q], T) :- !, named(A, N), named(Q, L), format(string(T), "~w of ~w, which no source states", [L,N]).
unsaid_text(A, Qs, T)  :- named(A, N), length(Qs, C), format(string(T), "~w figures of ~w, which no source states", [C,N]).

% ---- claims -----------------------------------------------------------------------------------------------

%!  cited(+Id, -Source, -Label, -Locator) is det.
cited(Id, Src, L, Loc) :- ( kb:assertion(Id, _, Src, Loc, _, _) -> true ; Src = '', Loc = '' ), ( kb:source(Src, L, _, _) -> true ; L = Src ).

%!  claim_info(+Id, +Value, -Dict) is det.
claim_info(Id, V, _{claim:Id, source:Src, source_label:L, locator:Loc, value:J, text:T}) :- cited(Id, Src, L, Loc), json_value(V, J), said_text(Id, V, T).

%   A range is said as the range it is, not as its middle.
said_text(Id, V, T) :- number(V), kb:claim_part(Id, low, L), kb:claim_part(Id, high, H), L \== H, !, value_text(L, A), value_text(H, B), format(string(T), "~w to ~w", [A,B]).
said_text(_, V, T) :- value_text(V, T).

dissent_info(Ds, Infos) :- findall(I, (member(d(V,Id), Ds), claim_info(Id, V, I)), Infos).

json_value(V, null) :- var(V), !.
json_value(span(L,H,_), [L,H]) :- !.
json_value(unknown(_), null) :- !.
json_value(V, V).

% ---- rows --------------------------------------------------------------------------------------------------

%!  rows(+Tree, +Depth, -Rows) is det.
%   Flat rows, parents before children; Depth bounds nesting.
rows(Tree, Depth, Rows) :- rows(Tree, 0, Depth, 1, _, Rows, []).

rows(_, _, 0, N, N, R, R) :- !.
rows(node(Goal,Id,V,Sentence,Kids), P, D, N0, N, [Row|R0], R) :- !,
    sentence(Sentence, Text), verdict_name(V, VN, B), functor(Goal, F, _),
    Row0 = _{id:N0, parent:P, kind:rule, rule:Id, head:F, verdict:VN, text:Text}, add_blame(B, Row0, Row),
    N1 is N0+1, D1 is D-1, kid_rows(Kids, N0, D1, N1, N, R0, R).
rows(each(_,_,Kids), P, D, N0, N, R0, R) :- !, kid_rows(Kids, P, D, N0, N, R0, R).
rows(spread(V,Found,T), P, D, N0, N, [Row|R0], R) :- !,
    length(Found, K), value_text(V, VT), format(string(Text), "~w over ~w models of about that size; the largest need:", [VT,K]),
    tree_verdict(T, TV), verdict_name(TV, VN, _), Row = _{id:N0, parent:P, kind:spread, verdict:VN, text:Text}, N1 is N0+1, D1 is D-1,
    rows(T, N0, D1, N1, N, R0, R).
rows(closed(L), P, _, N, N1, [_{id:N, parent:P, kind:guard, verdict:no, text:Text}|R], R) :- !, N1 is N+1, leaf_text(L, Text).
rows(leaf(L,V,Note), P, D, N0, N, R0, R) :-
    (   note_row(Note, L, V, Row1) -> verdict_name(V, VN, B), put_dict(_{id:N0, parent:P, verdict:VN}, Row1, Row2), add_blame(B, Row2, Row), R0 = [Row|R1], N1 is N0+1
    ;   R0 = R1, N1 = N0 ),
    ( Note = absent(T) -> D1 is D-1, rows(T, N0, D1, N1, N, R1, R) ; N = N1, R1 = R ).

kid_rows([], _, _, N, N, R, R).
kid_rows([K|Ks], P, D, N0, N, R0, R) :- rows(K, P, D, N0, N1, R0, R1), kid_rows(Ks, P, D, N1, N, R1, R).

verdict_name(yes, yes, []).
verdict_name(no, no, []).
verdict_name(open, no, []).
verdict_name(maybe(B), depends, B).
verdict_name(maybe, depends, []).

add_blame([], Row, Row) :- !.
add_blame(B, Row0, Row) :- blame_texts(B, Ts), put_dict(depends_on, Row0, Ts, Row).

note_row(input(K,V), _, _, _{kind:input, field:K, value:J, text:T}) :- json_value(V, J), named(K, L), quantity_text(K, V, VT), format(string(T), "~w: ~w", [L,VT]).
note_row(measure(Q,V), _, _, _{kind:input, field:Q, value:J, text:T}) :- json_value(V, J), named(Q, L), quantity_text(Q, V, VT), format(string(T), "~w: ~w", [L,VT]).
note_row(claim(A,Q,V,claim(Id,Ds)), _, _, Row) :- !,
    claim_info(Id, V, I), dissent_info(Ds, Dis), named(A, AL), named(Q, QL), quantity_text(Q, V, VT), format(string(T), "~w of ~w: ~w", [QL,AL,VT]),
    put_dict(_{kind:claim, about:A, quantity:Q, text:T, dissent:Dis}, I, Row).
note_row(claim(A,Q,V,open), _, _, _{kind:claim, about:AT, quantity:Q, value:J, text:T, dissent:[]}) :-
    ( atom(A) -> named(A, AL), AT = A ; AL = "any of the catalogue", AT = '' ), json_value(V, J), named(Q, QL), quantity_text(Q, V, VT), format(string(T), "~w of ~w: ~w", [QL,AL,VT]).
note_row(fact(A,P,B), _, _, _{kind:fact, text:T}) :- value_text(A, X), value_text(B, Y), words_of(P, W), format(string(T), "~w: ~w ~w", [X,W,Y]).
note_row(requirement(_,Q,V,Bs), _, _, Row) :- !,
    Bs = [b(Op,B,claim(Id,Ds))|_], claim_info(Id, B, I), dissent_info(Ds, Dis), json_value(V, J), requirement_text(Q, V, Op, B, T),
    json_value(B, JB), put_dict(_{kind:requirement, quantity:Q, have:J, op:Op, need:JB, text:T, dissent:Dis}, I, Row).
note_row(applies(A), _, _, _{kind:advice, claim:A, source:So, source_label:SL, locator:Lo, text:T}) :- cited(A, So, SL, Lo), ( kb:text(A, T) -> true ; T = A ).
note_row(calc(E), V is _, _, _{kind:arithmetic, value:J, text:T}) :- json_value(V, J), formula(E, F), value_text(V, VT), format(string(T), "~s = ~w", [F,VT]).
note_row(compare, C, _, _{kind:comparison, text:T}) :- C =.. [Op,A,B], value_text(A, X), value_text(B, Y), symbol(Op, Sy), format(string(T), "~w ~w ~w", [X,Sy,Y]).
note_row(missing, L, _, _{kind:missing, text:T}) :- leaf_text(L, T).
note_row(clear, not(G), _, _{kind:absence, text:T}) :- negated(G, T).
note_row(absent(_), not(G), V, _{kind:absence, text:T}) :- functor(G, F, _), words_of(F, W), ( V == no -> Fmt = "but: ~w" ; Fmt = "nothing shows: ~w" ), format(string(T), Fmt, [W]).

%   What is absent, in the words its own rule has for that.
negated(G, T) :- kb:rule(_, G, _, _, Neg), ground(Neg), !, sentence(Neg, T).
negated(G, T) :- functor(G, F, _), words_of(F, W), format(string(T), "nothing shows: ~w", [W]).

leaf_text(L, T) :- L =.. [F|Args], exclude(var, Args, As), maplist(value_text, As, Ts), atomic_list_concat(Ts, ', ', A), words_of(F, W), format(string(T), "~w: ~w", [W,A]).
words_of(F, W) :- atom_codes(F, Cs), spaced(Cs, Ds), atom_codes(W, Ds).
spaced([], []).
spaced([0'_|Cs], [0'\s|Ds]) :- !, spaced(Cs, Ds).
spaced([C|Cs], [0'\s,L|Ds]) :- code_type(C, upper(L)), !, spaced(Cs, Ds).
spaced([C|Cs], [C|Ds]) :- spaced(Cs, Ds).

symbol(=<, "<=") :- !.
symbol(Op, Op).

formula(E, Codes) :- formula_text(E, T), format(codes(Codes), "~w", [T]).
formula_text(E, "?") :- var(E), !.
formula_text(E, T) :- ( number(E) ; E = span(_,_,_) ; atom(E) ), !, value_text(E, T).
formula_text(E, T) :- E =.. [Op,A,B], !, formula_arg(Op, left, A, X), formula_arg(Op, right, B, Y), ( Op == (*) -> S = x ; S = Op ), format(string(T), "~w ~w ~w", [X,S,Y]).
formula_text(E, T) :- format(string(T), "~p", [E]).

%   Brackets where the order of operations wants them.
formula_arg(Op, Side, A, T) :-
    nonvar(A), compound(A), A =.. [In,_,_], binds(In, L1), binds(Op, L), ( L1 < L -> true ; Side == right, L1 =:= L, memberchk(Op, [-,/,//]) ), !,
    formula_text(A, T0), format(string(T), "(~w)", [T0]).
formula_arg(_, _, A, T) :- formula_text(A, T).

binds(max, 0).  binds(min, 0).  binds(+, 1).  binds(-, 1).  binds(*, 2).  binds(/, 2).  binds(//, 2).  binds(^, 3).

requirement_text(Q, V, at_least, B, T) :- !, measured_text(Q, V, VT), value_text(B, BT), format(string(T), "~w, ~w wanted", [VT,BT]).
requirement_text(Q, V, at_most, B, T)  :- !, measured_text(Q, V, VT), value_text(B, BT), format(string(T), "~w, at most ~w wanted", [VT,BT]).
requirement_text(Q, V, one_of, B, T)   :- !, named(Q, L), value_text(V, VT), value_text(B, BT), format(string(T), "~w: ~w, wanted: ~w", [L,VT,BT]).
requirement_text(Q, true, value, true, T)  :- !, named(Q, L), format(string(T), "~w: there, as it must be", [L]).
requirement_text(Q, false, value, true, T) :- !, named(Q, L), format(string(T), "~w: not there, and it must be", [L]).
requirement_text(Q, V, _, B, T)        :- named(Q, L), value_text(V, VT), value_text(B, BT), format(string(T), "~w: ~w, wanted: ~w", [L,VT,BT]).

%   A quantity without a unit is named.
measured_text(Q, V, T) :- unit_of(Q, U), ( U == '' -> named(Q, L), value_text(V, VT), format(string(T), "~w ~w", [L,VT]) ; quantity_text(Q, V, T) ).

% ---- why one is preferred ---------------------------------------------------------------------------------------

%!  reason_text(+Situation, +A, +B, +Reason, -Dict) is det.
reason_text(_, _, B, against(Ad), D) :- !, advice_dict(Ad, I), get_dict(text, I, It), named(B, BL), format(string(T), "~w is advised against: ~w", [BL, It]), put_dict(_{by:advice, text:T}, I, D).
reason_text(S, A, B, advised(AdA, AdB), D) :- !,
    advice_dict(AdA, I), get_dict(text, I, It), named(A, AL), named(B, BL), ( assertion_applies(S, AdA, when, yes(N)) -> true ; N = 0 ),
    ( AdB == none -> format(string(T), "~w is advised: ~w", [AL, It])
    ; assertion_applies(S, AdB, when, yes(NB)), NB < N -> format(string(T), "~w is advised: ~w; advice for ~w meets fewer of your conditions", [AL, It, BL])
    ; format(string(T), "~w is advised: ~w; advice for ~w has weaker evidence", [AL, It, BL]) ),
    put_dict(_{by:advice, conditions:N, text:T}, I, D).
reason_text(_, A, B, criterion(Q, VA, VB), _{by:criterion, quantity:Q, a:JA, b:JB, text:T, source:'', source_label:'', locator:'', claim:''}) :- !,
    named(Q, QL), named(A, AL), named(B, BL), ( VA == unknown -> TA = "not known", JA = null ; quantity_text(Q, VA, TA), JA = VA ), ( VB == unknown -> TB = "not known", JB = null ; quantity_text(Q, VB, TB), JB = VB ),
    format(string(T), "~w: ~w for ~w, ~w for ~w", [QL,TA,AL,TB,BL]).
reason_text(_, A, B, _, _{by:name, text:T, source:'', source_label:'', locator:'', claim:''}) :- named(A, AL), named(B, BL), format(string(T), "nothing separates ~w and ~w; order of names", [AL,BL]).

advice_dict(Ad, _{text:T, source:So, source_label:SL, locator:Lo, claim:Ad}) :- cited(Ad, So, SL, Lo), ( kb:text(Ad, T0) -> T = T0 ; T = Ad ).
