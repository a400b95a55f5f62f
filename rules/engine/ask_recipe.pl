:- module(ask_recipe, []).

/** <module> What a recipe is written from

Hands out, for one technique and situation, the loop that trains it, the class
and settings that make it what it is, and the figures of the run. Words and
files are made elsewhere; nothing is decided twice.
*/

:- use_module(claims).
:- use_module(explain).
:- use_module(say).
:- use_module(door).
:- use_module(library(lists)).
:- use_module(library(apply)).

:- multifile door:answer/3.

door:answer(recipe, Q, A) :-
    get_dict(technique, Q, T), door:situation(Q, S),
    findall(P-V, ( kb:fact(T, P, V), \+ number(V) ), Fs0), sort(Fs0, Fs1), findall(_{property:P, value:V}, member(P-V, Fs1), Fs),
    findall(J, own_setting(T, J), Own), loops(S, T, Ls), base(S, T, Base), base_limits(T, Base, BaseLimits), launch(S, T, Launch), launched(S, Launch, S2), kinds(Ls, Kinds, OfKind), afterwards(S, After), bases(Bs),
    findall(F, format_json(F), Formats), model_json(S, Model), optimizer_json(S, Opt), findall(J, figure(S2, T, J), Figures),
    limits(T, Limits), endings(T, S, Ends), tools(T, S, Tools), door:named_json(T, L), door:situation_json(S, Sit),
    ( kb:definition(T, D) -> true ; D = "" ),
    ( kb:isa(T, 'Family') -> members(T, Members) ; Members = [] ),
    findall(J, smoke_setting(T, J), Smoke), findall(_{key:K, value:V}, kb:optimizer_keyword(T, K, V), Maker), findall(H, how(T, H), Hows), ( get_dict(teacher_model, S, GT), arg(1, GT, Te) -> model_json(s{model:given(Te)}, Teacher) ; Teacher = null ),
    ( ( X = T ; lineage(T, X) ), kb:fact(X, mergesWrongly, _) -> Unmergeable = true ; Unmergeable = false ),
    ( kb:disk_gib(T, Disk, S2, sure), number(Disk) -> true ; Disk = null ),
    findall(Ch, choice_json(S, Ch), Choices), ( foreign(S, Ls, Foreign) -> true ; Foreign = '' ),
    findall(_{field:SQ, key:SK, input:SI}, ( kb:fact(SQ, decidedBy, SI), kb:settable(SQ, SK) ), Decides),
    ( kb:built(T, Built) -> true ; Built = '' ), mergeable(S, T, Built, Mergeable),
    A = _{technique:T, label:L, definition:D, built:Built, facts:Fs, own:Own, loops:Ls, base:Base, bases:Bs, formats:Formats, model:Model, optimizer:Opt, decides:Decides, choices:Choices, foreign:Foreign, disk:Disk,
          base_limits:BaseLimits, afterwards:After, launch:Launch, kinds_with_loops:Kinds, models_of_kind:OfKind, figures:Figures, smoke:Smoke, hows:Hows, maker:Maker, teacher:Teacher, unmergeable:Unmergeable, limits:Limits, endings:Ends, tools:Tools, members:Members, mergeable:Mergeable, situation:Sit}.

door:named_json(T, L) :- named(T, L).

members(F, Ms) :- findall(M, ( kb:fact(M, family, F), kb:isa(M, 'Approach') ), Ms0), sort(Ms0, Ms).

%!  mergeable(+Situation, +Technique, +Class, -Mergeable) is det.
%   What is claimed of the technique, else of what the class stands for by itself.
mergeable(S, T, _, V) :- claim_value(S, T, mergeable, V0, _), !, V = V0.
mergeable(S, _, C, V) :- C \== '', kb:fact(X, builtWith, C), \+ kb:fact(X, variantOf, _), claim_value(S, X, mergeable, V0, _), !, V = V0.
mergeable(_, _, _, null).

%!  own_setting(+Thing, -Setting) is nondet.
%   Keywords that make a technique what it is: its own, then those of what it varies that it does not set itself.
own_setting(T, _{key:K, value:V, of:T}) :- kb:setting(T, K, V).
own_setting(T, J) :- kb:fact(T, variantOf, B), own_setting(B, J), get_dict(key, J, K), \+ kb:setting(T, K, _).

smoke_setting(T, _{key:K, value:V, of:T}) :- kb:rehearsal(T, K, V).
smoke_setting(T, J) :- kb:fact(T, variantOf, B), smoke_setting(B, J), get_dict(key, J, K), \+ kb:rehearsal(T, K, _).

how(T, Text) :- kb:statement(T, A, Id), memberchk(A, [how, use]), \+ kb:fact(Id, refutedBy, _), kb:text(Id, Text).

%!  loops(+Situation, +Technique, -Loops) is det.
%   Loops that run the technique's trainer for its objective: first those for the kind of the person's model, then those that read
%   what the technique learns from, then the others. A loop for one kind of model alone is not among the others.
loops(S, T, Ls) :-
    findall(R-J, ( trainer(T, Tr), kb:fact(L, forTrainer, Tr), kb:isa(L, 'TrainingLoop'), serves_objective(L, T), loop_rank(S, T, L, R), loop_json(L, Tr, J) ), Ls0),
    sort(Ls0, Ls1), pairs_values(Ls1, Ls).
serves_objective(L, _) :- \+ kb:fact(L, forObjective, _), !.
serves_objective(L, T) :- kb:fact(L, forObjective, O), kb:fact(T, objective, O), !.

%   The trainer a technique names, else the usual one for what it trains.
trainer(T, Tr) :- kb:fact(T, trainer, _), !, kb:fact(T, trainer, Tr).
trainer(T, Tr) :- kb:fact(T, parametrisation, P), kb:fact(P, trainer, Tr).

loop_rank(S, _, L, 1) :- kb:fact(L, forModelKind, K), model_kind(S, K), !.
loop_rank(_, T, L, 2) :- kb:fact(L, reads, R), kb:fact(F, becomes, R), kb:fact(T, dataFormat, F), !.
loop_rank(_, T, L, 3) :- ( kb:fact(L, forModelKind, _) -> \+ other_loop(T, L) ; true ).
%   The trainer has a loop for any model, too.
other_loop(T, L) :- trainer(T, Tr), kb:fact(M, forTrainer, Tr), M \== L, \+ kb:fact(M, forModelKind, _), serves_objective(M, T), !.
model_kind(S, K) :- get_dict(model, S, given(M)), atom(M), kb:fact(M, modelKind, K).

loop_json(L, Tr, _{id:L, label:La, template:Te, stack:Sk, net:Ne, auto_class:Au, task_type:Tt, model_kinds:Ks, whole_batch:Wb, takes_adapter:Ta, also_pins:Also, trainer:Tr, arguments:Ar, length_key:Le, smallest_batch:Sm, reads:Rs, pins:Pins, python:Py, signatures:Si, own:Own}) :-
    named(L, La), findall(X, kb:fact(L, alsoPins, X), Also), kb:fact(L, template, Te), kb:fact(L, stack, Sk), kb:fact(L, net, Ne), kb:fact(L, autoClass, Au), kb:fact(L, taskType, Tt), findall(K, kb:fact(L, forModelKind, K), Ks0), sort(Ks0, Ks),
    kb:fact(C, trainer, Tr), kb:isa(C, 'TrainerClass'), kb:fact(C, argumentsClass, Ar), ( kb:fact(C, wholeBatch, Wb) -> true ; Wb = false ), ( kb:fact(C, takesAdapter, Ta) -> true ; Ta = true ),
    ( kb:fact(C, lengthKey, Le) -> true ; Le = '' ), ( kb:fact(C, smallestBatch, Sm) -> true ; Sm = 1 ),
    findall(_{shape:R, label:RL}, ( kb:fact(L, reads, R), named(R, RL) ), Rs), kb:fact(L, profile, P), findall(X, ( kb:fact(P, pins, X) ; member(X, Also) ), Pins0), sort(Pins0, Pins),
    kb:fact(P, pythonVersion, Py), kb:fact(P, signatureFile, Si), findall(J, ( own_setting(C, J) ; own_setting(L, J) ), Own).

%!  foreign(+Situation, +Loops, -Gpu) is semidet.
%   The GPU, where the versions that the loop is pinned to do not train on its kind.
foreign(S, [L|_], La) :- get_dict(gpu, S, G), arg(1, G, Gpu), atom(Gpu), kb:fact(L.id, profile, P), kb:fact(P, notOn, Arch), kb:fact(Gpu, architecture, Arch), named(Gpu, La).

%!  choice_json(+Situation, -Choice) is nondet.
%   What the person said of the run that a recipe must write: with the keywords that say so, if there are any.
choice_json(S, _{input:I, label:L, value:Id, own:Own}) :-
    kb:fact(I, mustBeWritten, true), get_dict(I, S, given(V)), \+ ( kb:default_of(I, D), D == V ), V \== false,
    ( atom(V), named(V, L) -> Id = V ; value_text(V, L), Id = V ),
    ( kb:fact(I, key, K) -> Own = [_{key:K, value:V}] ; findall(_{key:K, value:X}, kb:setting(V, K, X), Own) ).

%!  kinds(+Loops, -Kinds, -Models) is det.
%   Kinds of model that have loops of their own, and the models that the first of these loops trains.
kinds(Ls, Kinds, Models) :-
    findall(K, ( kb:isa(L, 'TrainingLoop'), kb:fact(L, forModelKind, K) ), Ks), sort(Ks, Kinds),
    ( Ls = [L1|_] -> get_dict(model_kinds, L1, Own) ; Own = [] ), findall(M, ( member(K, Own), kb:fact(M, modelKind, K) ), Ms), sort(Ms, Models).

%!  launch(+Situation, +Technique, -Launch) is det.
%   How several GPUs share the work: as the person says; else what shares least of all with which training fits. null on one GPU.
launch(S, T, _{id:L, label:La, definition:D, why:Why, sharding:W, shards:Sh, own:Own, pins:Pins}) :-
    get_dict(n_gpus, S, G), arg(1, G, N), number(N), N > 1, chosen_launch(S, T, L, Why), !,
    named(L, La), kb:definition(L, D), kb:fact(L, launches, W), findall(P, kb:fact(W, shards, P), Sh0), sort(Sh0, Sh), findall(J, own_setting(L, J), Own), findall(P, kb:fact(L, alsoPins, P), Pins).
launch(_, _, null).

%   The situation with the sharding that the launch brings about.
launched(S, null, S) :- !.
launched(S, L, S2) :- put_dict(sharding, S, given(L.sharding), S2).

chosen_launch(S, _, L, "the sharding that you named") :- get_dict(sharding, S, given(W)), !, ( member(F, [named, plain, any]), ways(F, S, Xs), member(L, Xs), kb:fact(L, launches, W) -> true ).
chosen_launch(S, T, L, "of the ways to share, the one that shares least and fits") :- candidates(S, Xs), member(L, Xs), kb:fact(L, launches, W), put_dict(sharding, S, given(W), S1), verdict(fits(T), S1, yes), !.
chosen_launch(S, _, L, "none of the ways to share is known to fit: the one that shares most") :- candidates(S, Xs), last(Xs, L), !.
chosen_launch(S, _, L, "the one that can do what you chose") :- ways(any, S, [L|_]).

%   Without sharding, then what the framework the person named has; else what needs none.
candidates(S, Xs) :- ways(named, S, [X1|Xs1]), !, ( ways(plain, S, [First|_]) -> Xs = [First,X1|Xs1] ; Xs = [X1|Xs1] ).
candidates(S, Xs) :- ways(plain, S, Xs).
ways(F, S, Xs) :- findall(O-X, ( kb:isa(X, 'LaunchConfiguration'), of_way(F, S, X), able(S, X), kb:fact(X, order, O) ), Xs0), sort(Xs0, Xs1), pairs_values(Xs1, Xs).
%   A launch file that can say what the person chose to be said there.
able(S, X) :- \+ ( kb:fact(I, mustBeWritten, true), get_dict(I, S, given(V)), part_of_file(V, _), \+ ( part_of_file(V, P), part_of_file(X, P) ) ).
part_of_file(V, P) :- kb:setting(V, K, _), sub_atom(K, B, 1, _, '.'), sub_atom(K, 0, B, _, P).
of_way(named, S, X) :- get_dict(framework, S, given(F)), kb:fact(X, forFramework, F).
of_way(plain, _, X) :- \+ kb:fact(X, forFramework, _).
of_way(any, _, _).

%!  base(+Situation, +Technique, -Base) is det.
%   The base weights of the technique, or those of the bits the person asked for.
base(S, T, B) :- get_dict(base_bits, S, given(Bits)), kb:isa(W, 'BaseWeights'), loadable(W), claim_value(S, W, base_bits, Bits, _), !, base_json(T, W, B).
base(_, T, B) :- kb:fact(T, baseWeights, W), loadable(W), !, base_json(T, W, B).
base(_, T, B) :- kb:fact(T, baseWeights, W), !, base_json(T, W, B0), put_dict(_{loadable:false}, B0, B).
base(_, T, B) :- W = 'bf16-weights', kb:isa(W, 'BaseWeights'), !, base_json(T, W, B).
base(_, _, null).

loadable(W) :- kb:fact(W, builtWith, _), !.
loadable(W) :- kb:claimed(W, base_bits, _), \+ ( kb:isa(V, 'BaseWeights'), V \== W, claim_value(s{}, W, base_bits, X, _), claim_value(s{}, V, base_bits, Y, _), Y > X ).

base_json(T, W, _{id:W, label:L, built_with:C, own:Own, pins:Pins, excluded:Ex, loadable:true}) :-
    named(W, L), ( kb:fact(W, builtWith, C) -> true ; C = '' ), findall(J, own_setting(W, J), Own), findall(P, kb:fact(W, alsoPins, P), Pins),
    ( excluded(T, W) -> Ex = true ; Ex = false ).

%!  base_limits(+Technique, +Base, -Texts) is det.
%   What was seen to fail on these base weights, and what to take instead.
base_limits(T, Base, Ts) :-
    is_dict(Base), get_dict(id, Base, W), !,
    findall(Text, ( kb:fact(Id, onBase, W), kb:fact(Id, limitOf, X), once(( X = T ; lineage(T, X) )), kb:text(Id, Said), named(T, L), named(W, LW), instead(Id, Else), format(string(Text), "No recipe for ~w on ~w: ~w~w", [L, LW, Said, Else]) ), Ts0), sort(Ts0, Ts).
base_limits(_, _, []).
instead(Id, Text) :- kb:fact(Id, instead, I), !, named(I, L), format(string(Text), " Take ~w instead (tunewise recipe ~w).", [L, I]).
instead(_, "").

excluded(T, W) :- ( X = T ; lineage(T, X) ), kb:fact(X, excludes, W), !.
bases(Bs) :- findall(W, ( kb:isa(W, 'BaseWeights'), loadable(W) ), Bs).

format_json(_{id:F, label:L, becomes:R, fields:Fs, turns:Tu, role:Ro, content:Co, asks:As, answers:An}) :-
    kb:fact(F, becomes, R), named(F, L), findall(X, kb:fact(F, requiredField, X), Fs0), sort(Fs0, Fs),
    part(F, turnsField, Tu), part(F, roleKey, Ro), part(F, contentKey, Co), part(F, asks, As), part(F, answers, An).
part(F, P, V) :- ( kb:fact(F, P, V) -> true ; V = '' ).

model_json(S, _{id:M, label:L, hub:H, kind:K, licence:Li}) :- get_dict(model, S, G), arg(1, G, M), atom(M), !, named(M, L), part(M, hubId, H), part(M, modelKind, K), part(M, licence, Li).
model_json(_, null).

optimizer_json(S, _{id:O, given:Given, own:Own, pins:Pins}) :-
    get_dict(optimizer, S, G), arg(1, G, O), ( G = given(_) -> Given = true ; Given = false ), findall(J, own_setting(O, J), Own), findall(P, kb:fact(O, alsoPins, P), Pins), !.
optimizer_json(_, null).

%!  figure(+Situation, +Technique, -Figure) is nondet.
%   Numbers of the run, each with where it comes from: the person, a default with its source, or arithmetic.
figure(S, T, _{name:micro_batch, value:B, given:Given, source_label:Why}) :- portion(S, T, B, Given, Why).
figure(S, _, _{name:K, value:V, given:Given, source_label:L}) :-
    member(K, [seq_len, n_gpus, epochs, gradient_checkpointing, training_precision, gpu]), get_dict(K, S, G), arg(1, G, V),
    ( G = given(_) -> Given = true, L = '' ; G = assumed(_, Src), Given = false, ( kb:source(Src, L, _, _) -> true ; L = '' ) ).
figure(S, _, _{name:accumulation_steps, value:V, given:true, source_label:''}) :- get_dict(accumulation_steps, S, given(V)).
figure(S, T, _{name:effective_batch, value:V, given:false, source_label:L}) :- weigh(S, T, effective_batch, point, [w(V,Id)|_]), number(V), cited(Id, _, L, _).

%!  portion(+Situation, +Technique, -Sequences, -Given, -Why) is det.
%   Sequences a pass: as the person says; else the largest power of two that fits, up to what sources take and a step holds.
portion(S, _, B, true, '') :- get_dict(micro_batch, S, given(B)), !.
portion(S, T, B, false, Why) :-
    most_at_once(S, T, M, Who), between(1, 6, I), B is 64 >> I, B > 1, B =< M,
    put_dict(micro_batch, S, given(B), S1), verdict(fits(T), S1, yes), !, format(string(Why), "the largest portion that fits, ~w", [Who]).
portion(S, _, B, false, L) :- get_dict(micro_batch, S, G), arg(1, G, B), ( G = assumed(_, Src), kb:source(Src, L, _, _) -> true ; L = '' ).

most_at_once(S, T, M, Who) :-
    weigh(S, T, batch_size, point, [w(_,Id)|_]), findall(X, ( kb:claim_part(Id, P, X), memberchk(P, [value, high]) ), Xs), max_list(Xs, High), cited(Id, _, L, _), whole_step(S, T, E), M is min(High, E), format(string(Who), "of at most ~w (~w)", [High, L]), !.
most_at_once(S, T, M, "and divides a step") :- whole_step(S, T, M).
whole_step(S, T, M) :- ( weigh(S, T, effective_batch, point, [w(E,_)|_]), number(E) -> true ; E = 1 ), ( get_dict(n_gpus, S, G), arg(1, G, N), number(N) -> true ; N = 1 ), M is max(1, E // N).

%!  afterwards(+Situation, -Steps) is det.
%   What can be done with the result, in order, by tools that have not ended.
afterwards(S, Steps) :-
    findall(O-_{id:X, label:L, definition:D, results:Rs, classes:Cs, script:Sc, command:Co, pins:Ps, tool:TL},
            ( kb:isa(X, 'AfterStep'), kb:fact(X, order, O), \+ tool_ended(X, S), named(X, L), kb:definition(X, D), findall(R, kb:fact(X, forResult, R), Rs), findall(C, kb:fact(X, forClass, C), Cs),
              part(X, script, Sc), part(X, command, Co), findall(P, kb:fact(X, pins, P), Ps0), sort(Ps0, Ps), ( kb:fact(X, usesTool, To) -> named(To, TL) ; TL = '' ) ), Steps0),
    sort(Steps0, Steps1), pairs_values(Steps1, Steps).
tool_ended(X, S) :- kb:fact(X, usesTool, To), kb:fact(To, validUntil, U), ended(U, S).

%!  limits(+Technique, -Texts) is det.
limits(T, Ls) :- findall(L, ( ( X = T ; lineage(T, X) ), kb:fact(X, recipeLimit, L) ), Ls0), sort(Ls0, Ls).

%!  endings(+Technique, +Situation, -Endings) is det.
%   What has ended, or what advice, statement or the technique itself names in its place.
endings(T, S, Es) :-
    findall(_{what:T, label:TL, until:U, instead:I, instead_label:IL, text:""}, ( kb:fact(T, validUntil, U), ended(U, S), named(T, TL), ( kb:fact(T, instead, I) -> named(I, IL) ; I = '', IL = '' ) ), E1),
    findall(_{what:Id, label:TL, until:'', instead:I, instead_label:IL, text:Tx}, ( statement_of(T, Id), kb:fact(Id, instead, I), \+ kb:fact(Id, refutedBy, _), kb:text(Id, Tx), named(I, IL), named(T, TL) ), E2),
    findall(_{what:T, label:TL, until:'', instead:I, instead_label:IL, text:""}, ( E1 == [], \+ kb:fact(T, validUntil, _), kb:fact(T, instead, I), named(T, TL), named(I, IL) ), E3),
    append([E1, E2, E3], Es).
statement_of(T, Id) :- kb:statement(T, _, Id).
ended(U, S) :- get_dict(as_of, S, given(Day)), U @< Day.

%!  tools(+Technique, +Situation, -Tools) is det.
tools(T, _, Ts) :- findall(_{id:X, label:L, until:U, instead:I}, ( kb:fact(T, usesTool, X), named(X, L), part(X, validUntil, U), ( kb:fact(X, instead, I0) -> named(I0, I) ; I = '' ) ), Ts).
