:- module(ask_known, [settings_json/3, statements/2, refuter/2, parts_text/3]).

/** <module> What is known of one thing: claims, advice, settings, checklists, failures
*/

:- use_module(value).
:- use_module(claims).
:- use_module(explain).
:- use_module(say).
:- use_module(door).
:- use_module(library(lists)).
:- use_module(library(apply)).

:- multifile door:answer/3.

door:answer(about, Q, A) :-
    T = Q.technique, statements(T, St), claims_about(T, Cl), advice_about(T, Ad), named(T, L), ( kb:definition(T, D) -> true ; kb:text(T, D) -> true ; D = "" ),
    findall(C, kb:isa(T, C), Cs), findall(_{property:P, value:V}, ( kb:fact(T, P, V0), label_json(V0, V) ), Fs), findall(X, kb:alias(T, X), Al),
    findall(_{key:K, value:V}, kb:setting(T, K, V), Se),
    A = _{id:T, label:L, definition:D, classes:Cs, aliases:Al, facts:Fs, settings:Se, statements:St, claims:Cl, advice:Ad}.
door:answer(settings, Q, A) :- door:situation(Q, S), settings_json(S, Q.technique, Se), door:situation_json(S, SitJ), named(Q.technique, L), A = _{technique:Q.technique, label:L, settings:Se, situation:SitJ}.
door:answer(checklist, Q, A) :- door:situation(Q, S), findall(I, item_json(S, I), Is), door:situation_json(S, SitJ), A = _{items:Is, situation:SitJ}.
door:answer(diagnose, Q, A) :- door:situation(Q, S), findall(M, failure_json(S, M), Ms0), sort(id, @=<, Ms0, Msi), sort(met, @>=, Msi, Ms1), without_contraries(Ms1, [], Ms), door:situation_json(S, SitJ), A = _{failures:Ms, situation:SitJ}.

% ---- knowledge about one thing ----------------------------------------------------------------------------------

statements(T, St) :- findall(_{id:Id, aspect:A, text:Tx, source:So, source_label:SL, locator:Lo, refuted_by:R}, ( kb:statement(T, A, Id), ( kb:text(Id, Tx) -> true ; Tx = "" ), cited(Id, So, SL, Lo), refuter(Id, R) ), St).
refuter(Id, R) :- ( kb:fact(Id, refutedBy, R0) -> R = R0 ; R = '' ).
advice_about(T, As) :- findall(_{id:Id, stance:St, text:Tx, conditions:C, source:So, source_label:SL, locator:Lo}, ( kb:advice(T, St, Id), ( kb:text(Id, Tx) -> true ; Tx = "" ), cited(Id, So, SL, Lo), conditions_text(Id, when, C) ), As).
claims_about(T, Cl) :-
    findall(_{id:Id, quantity:Q, label:L, parts:Ps, text:Tx, conditions:C, source:So, source_label:SL, locator:Lo, refuted_by:R},
            ( kb:claimed(T, Q, Id), named(Q, L), findall(_{part:P, value:V}, kb:claim_part(Id, P, V), Ps), parts_text(Q, Ps, Tx), cited(Id, So, SL, Lo), conditions_text(Id, when, C), refuter(Id, R) ), Cl).
parts_text(Q, Ps, T) :- findall(X, ( member(P, Ps), get_dict(part, P, Pa), get_dict(value, P, Va), part_words(Pa, W), quantity_text(Q, Va, VT), format(string(X), "~w~w", [W,VT]) ), Xs), atomic_list_concat(Xs, ', ', T).
part_words(value, "").  part_words(low, "from ").  part_words(high, "to ").  part_words(at_least, "at least ").  part_words(at_most, "at most ").  part_words(one_of, "one of: ").
conditions_text(Id, Role, C) :- findall(X, ( kb:needs(Id, Role, Cs), member(c(Q,Ones,Rest), Cs), condition_text(Q, Ones, Rest, X) ), C0), sort(C0, C).
%   Names are alternatives, bounds hold together.
condition_text(Q, Ones, Rest, X) :-
    named(Q, L), findall(T, ( member(V, Ones), value_text(V, T) ), Ts0), sort(Ts0, Ts), findall(Y, ( member(Op-V, Rest), quantity_text(Q, V, VT), op_words(Op, W), format(string(Y), "~w~w", [W,VT]) ), Ys0), sort(Ys0, Ys1),
    ( Ts == [] -> Ys = Ys1 ; atomic_list_concat(Ts, ' or ', TT), format(string(Y1), "is ~w", [TT]), Ys = [Y1|Ys1] ), atomic_list_concat(Ys, ' and ', YT), format(string(X), "~w ~w", [L,YT]).
op_words(value, "is ").  op_words(one_of, "is ").  op_words(at_least, "at least ").  op_words(at_most, "at most ").  op_words(above, "above ").  op_words(below, "below ").
%   What is itself a saying is told in its words.
label_json(V, T) :- atom(V), kb:assertion(V, _, Src, _, _, _), kb:text(V, Tx), !, ( kb:source(Src, SL, _, _) -> true ; SL = Src ), format(string(T), "~w (~w)", [Tx, SL]).
label_json(V, V).

% ---- settings ------------------------------------------------------------------------------------------------------

settings_json(_, none, []) :- !.
settings_json(S, T, Se) :-
    findall(J, ( derived_setting(S, T, J), \+ given_setting(S, J, _) ), Ds),
    findall(J, ( kb:settable(Q, Key), \+ ( member(D, Ds), get_dict(field, D, Q) ), weigh(S, T, Q, point, [w(V,Id)|Rest]), setting_json(Q, Key, V, Id, Rest, J0), ( given_setting(S, J0, J) -> true ; J = J0 ) ), Ss),
    append(Ss, Ds, Se0),
    findall(O-J, ( member(J, Se0), get_dict(field, J, F), ( kb:fact(F, order, O) -> true ; O = 1000 ) ), Os), keysort(Os, Sorted), findall(J, member(_-J, Sorted), Se).

%!  given_setting(+Situation, +Setting, -Given) is semidet.
%   What the person decided stands above what sources say, who are heard all the same.
given_setting(S, J, Given) :-
    get_dict(field, J, Q), get_dict(key, J, Key), kb:fact(Q, decidedBy, In), get_dict(In, S, given(V)), \+ ( atom(V), \+ kb:setting(V, Key, _) ), keyword_value(Key, V, KV), value_text(V, VT),
    Given = J.put(_{value:KV, text:VT, low:null, high:null, claim:'', source:person, source_label:"as you said", locator:"", dissent:[]}).

%!  keyword_value(+Keyword, +Value, -KeywordValue) is det.
%   A thing of ours, or a source's word for one, as the keyword takes it; anything else as it is.
keyword_value(Key, V, KV) :- kb:setting(V, Key, KV), !.
keyword_value(Key, V, KV) :- kb:fact(X, saidAs, V), kb:setting(X, Key, KV), !.
keyword_value(_, V, V).

derived_setting(S, T, _{field:Q, key:Key, label:L, unit:U, value:V, text:VT, low:null, high:null, claim:'', source:arithmetic, source_label:Why, locator:Rule, dissent:[]}) :-
    kb:rule(_, setting(Q, _, _), _, _, _), kb:setting(Q, T, V, S, sure), kb:settable(Q, Key), named(Q, L), value_text(V, VT), ( kb:quantity(Q, _, _, U, _, _, _, _, _, _, _, _) -> true ; U = '' ),
    explain(setting(Q, T, V), S, node(_, Rule, _, Sn, _)), sentence(Sn, Why).
setting_json(Q, Key, V, Id, Rest, _{field:Q, key:Key, label:L, unit:U, value:KV, text:VT, low:Low, high:Hi, claim:Id, source:So, source_label:SL, locator:Lo, dissent:Ds}) :-
    named(Q, L), keyword_value(Key, V, KV), value_text(V, VT), cited(Id, So, SL, Lo), ( kb:quantity(Q, _, _, U, _, _, _, _, _, _, _, _) -> true ; U = '' ),
    ( kb:claim_part(Id, low, Low) -> true ; Low = null ), ( kb:claim_part(Id, high, Hi) -> true ; Hi = null ),
    findall(D, ( member(w(W,I2), Rest), W \== V, claim_info(I2, W, D) ), Ds).

% ---- checklists and failures -----------------------------------------------------------------------------------------

item_json(S, _{id:I, label:L, phase:Ph, state:St, source:So, source_label:SL, locator:Lo, open:Op, why:Why}) :-
    kb:isa(I, 'ChecklistItem'), named(I, L), ( kb:fact(I, phase, Ph) -> true ; Ph = '' ), item_source(I, So, SL, Lo), item_state(S, I, St, Op),
    ( St == disputed, Op = [R|_], kb:text(R, Why0) -> Why = Why0 ; Why = "" ).
item_source(I, So, SL, Lo) :- ( kb:item_source(I, So, Lo) -> true ; So = '', Lo = '' ), ( kb:source(So, SL, _, _) -> true ; SL = So ).
item_state(S, I, 'not applicable', []) :- assertion_applies(S, I, appliesWhen, no), !.
item_state(S, I, done, []) :- input_value(S, done, I), !.
item_state(_, I, disputed, [R]) :- kb:fact(I, refutedBy, R), !.
%   A default is no deed: only what was said counts as done.
item_state(S, I, St, Open) :- kb:needs(I, doneWhen, _), said_only(S, S1), assertion_applies(S1, I, doneWhen, R), said_state(R, S, St, Open), !.
item_state(_, _, missing, []).

said_state(yes(_), _, done, []).
said_state(maybe(_, B0), S, open, B) :- \+ get_dict(done, S, _), blame_texts(B0, B).

said_only(S, S1) :- dict_pairs(S, T, Ps), findall(K-given(V), member(K-given(V), Ps), Gs), dict_pairs(S1, T, Gs).

failure_json(S, _{id:F, label:L, met:N, because:C, remedies:Rs, statements:St}) :-
    kb:isa(F, 'FailureMode'), kb:needs(F, indicatedBy, _), assertion_applies(S, F, indicatedBy, yes(N)), N > 0, named(F, L), conditions_text(F, indicatedBy, C),
    findall(_{id:R, label:RL, kind:K, text:D}, ( kb:fact(F, remedy, R), named(R, RL), ( kb:isa(R, 'Technique') -> K = technique ; K = remedy ), ( kb:definition(R, D) -> true ; D = "" ) ), Rs), statements(F, St).

%   What a likelier failure asks for is not contradicted by the remedies of another.
without_contraries([], _, []).
without_contraries([M|Ms], Seen, [N|Ns]) :-
    get_dict(remedies, M, Rs), findall(R, ( member(R, Rs), get_dict(id, R, Id), \+ contrary(Id, Seen) ), Kept), put_dict(remedies, M, Kept, N),
    findall(I, ( member(K, Kept), get_dict(id, K, I) ), Is), append(Is, Seen, Seen1), without_contraries(Ms, Seen1, Ns).
contrary(Id, Seen) :- member(S, Seen), ( kb:fact(Id, excludes, S) ; kb:fact(S, excludes, Id) ), !.
