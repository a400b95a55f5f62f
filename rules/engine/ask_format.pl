:- module(ask_format, []).

/** <module> Which formats of data there are, and which one suits

`shapes` hands out what the ontology states of each format, for reading and
checking files. `formats` ranks them for a situation by the advice that applies:
advised against last, then most conditions met, then what the person's tool
and technique are said to read, then evidence. No format is named here.
*/

:- use_module(claims).
:- use_module(rank).
:- use_module(say).
:- use_module(door).
:- use_module(library(lists)).

:- multifile door:answer/3.

door:answer(shapes, _, A) :-
    findall(J, shape_json(J), Fs), ( kb:claimed(X, bytes_per_token, Id), claim_value(s{}, X, bytes_per_token, B, _) -> cited(Id, _, L, _) ; B = null, L = "" ),
    A = _{formats:Fs, bytes_per_token:B, bytes_per_token_source:L}.
door:answer(formats, Q, A) :-
    door:situation(Q, S), ( get_dict(technique, Q, T) -> true ; T = none ),
    findall(K-J, ( kb:isa(F, 'Format'), choice(S, T, F, K, J) ), Ks0), sort(1, @=<, Ks0, Ks), findall(J, member(_-J, Ks), Fs),
    findall(F, ( member(J1, Fs), get_dict(recommended, J1, true), get_dict(format, J1, F) ), Best), door:situation_json(S, Sit),
    A = _{recommended:Best, formats:Fs, technique:T, situation:Sit}.

%!  shape_json(-Format) is nondet.
shape_json(_{id:F, label:L, aliases:Al, definition:D, facts:Fs, avoid:Av}) :-
    kb:isa(F, 'Format'), named(F, L), findall(X, kb:alias(F, X), Al), ( kb:definition(F, D) -> true ; D = "" ),
    findall(_{property:P, value:V}, kb:fact(F, P, V), Fs), findall(N, ( kb:statement(F, note, Id), kb:text(Id, N) ), Av).

%!  choice(+Situation, +Technique, +Format, -Key, -JSON) is semidet.
%   Fails for a format that nothing speaks for. The advice with most conditions met is the reason.
choice(S, T, F, k(Not, Met, Reads, Evidence, F), J) :-
    ( advice_of(S, F, avoid, _, _, Against) -> Not = 1 ; Not = 0, Against = none ),
    ( read_by_technique(T, F) -> ByT = 1 ; ByT = 0 ), ( read_by_tool(S, F, Tool) -> ByF = 1 ; ByF = 0, Tool = none ),
    ( advice_of(S, F, choose, N, E, For) -> Met is -N-1-2*ByT, Evidence is -E ; Met is -2*ByT, Evidence = 0, For = none ),
    ( For \== none ; ByT =:= 1 ; Against \== none ; ByF =:= 1 ), !, Reads is -ByF,
    ( Against \== none -> Reason = Against ; Reason = For ), reason(Reason, Text, Src, Label, Loc),
    ( Not =:= 0, Met < 0, ( T == none ; ByT =:= 1 ; \+ kb:fact(T, dataFormat, _) ) -> Rec = true ; Rec = false ),
    ( Not =:= 1 -> Avoid = true, findall(I, kb:fact(Against, instead, I), Instead) ; Avoid = false, Instead = [] ),
    findall(R, kb:fact(F, requiredField, R), Rs), findall(C, kb:fact(F, container, C), Cs), findall(TL, ( kb:fact(F, tool, To), named(To, TL) ), Ts), named(F, L),
    ( Tool == none -> ToolL = "" ; named(Tool, ToolL) ), ( ByT =:= 1 -> TechL = T ; TechL = "" ),
    J = _{format:F, label:L, recommended:Rec, avoid:Avoid, instead:Instead, text:Text, source:Src, source_label:Label, locator:Loc, fields:Rs, container:Cs, tools:Ts,
          read_by_framework:ToolL, read_by_technique:TechL}.

%   The advice with most conditions met, its evidence next.
advice_of(S, F, Stance, N, E, A) :-
    findall(N0-E0-A0, ( kb:advice(F, Stance, A0), assertion_applies(S, A0, when, yes(N0)), kb:assertion(A0, _, Src, _, _, _), kb:source(Src, _, E0, _) ), As),
    sort(0, @>=, As, [N-E-A|_]).

read_by_technique(T, F) :- T \== none, kb:fact(T, dataFormat, F).
read_by_tool(S, F, Tool) :- member(K, [framework, provider]), get_dict(K, S, G), arg(1, G, Tool), kb:fact(F, tool, Tool), !.

reason(none, "", '', "", "") :- !.
reason(A, Text, Src, Label, Loc) :- ( kb:text(A, Text) -> true ; Text = "" ), cited(A, Src, Label, Loc).
