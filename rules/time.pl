:- module(run_time, []).

/** <module> How long does a run take, and is that soon enough?

hours = examples x tokens x epochs x parameters x operations / (arithmetic x efficiency x GPUs).
*/

no_deadline ::
    in_time(_) if unset(deadline_h)
    says      "no deadline was given"
    otherwise "there is a deadline".

untrained_in_time ::
    in_time(T) if known(deadline_h, _), fact(T, trainsOn, W), W \== ownGpu
    says      "{T} takes no training time here"
    otherwise "{T} takes training time".

in_time ::
    in_time(T) if known(deadline_h, D), fact(T, trainsOn, ownGpu), run_hours(T, H), H =< D
    says      "{H} hours for the run, {D} allowed"
    otherwise "{H} hours for the run, {D} allowed".

run_hours_trusted ::
    run_hours(T, H) if trusted(T, run_hours, H)
    says      "a run takes {H} hours by the source you trust"
    otherwise "no source you trust says how long a run takes".

run_hours ::
    run_hours(T, H) if not(trusted(T, run_hours, _)), spread(N, M, candidate_model(M), hours_of(T, M, N), H)
    says      "a run takes {H} hours"
    otherwise "how long a run takes is not known".

hours_of ::
    hours_of(T, M, H) if trained_tokens(Tok), speed_of(T, M, R), H is Tok/R/3600
    says      "{Tok} tokens at {R} a second"
    otherwise "the time of {T} with {M} cannot be worked out".

%   Nine runs of ten take at most this long.
run_hours_high ::
    run_hours_high(T, High) if run_hours(T, H), claim('memory-constants', time_factor, F), High is H*F
    says      "at most {High} hours, {F} times {H}, in nine runs of ten"
    otherwise "how long {T} may take is not known".

tokens_per_second ::
    tokens_per_second(T, R) if spread(N, M, candidate_model(M), speed_of(T, M, N), R)
    says      "{R} tokens a second"
    otherwise "the speed of {T} is not known".

speed_of ::
    speed_of(T, M, R) if passed_b(M, P), time_profile(T, Pr), claim(Pr, flops_per_param, F), arithmetic(A, On), claim(Pr, efficiency, E),
                         input(n_gpus, N), R is A*1.0e12*E*N/(P*1.0e9*F)
    says      "{P} B parameters x {F} operations a token on {N} x {On} at {E} of {A} TFLOPS: {R} tokens a second"
    otherwise "the speed of {T} with {M} is not known".

time_profile ::
    time_profile(T, P) if fact(T, parametrisation, Pa), fact(T, baseWeights, B), isa(P, 'TimeProfile'), fact(P, forParametrisation, Pa), fact(P, forBaseWeights, B)
    says      "{T} runs like {P}"
    otherwise "nobody has timed how {T} trains".

passed_active ::
    passed_b(M, P) if claimed(M, active_params_b, P)
    says      "a token passes {P} B parameters of {M}"
    otherwise "the active parameters of {M} are not known".

passed_given ::
    passed_b(M, P) if M == 'your model', known(shape_active_b, P)
    says      "a token passes {P} B parameters of {M}"
    otherwise "the active parameters of your model were not given".

passed_all ::
    passed_b(M, P) if not(has_active(M)), unset(shape_active_b), size_b(M, P)
    says      "a token passes all {P} B parameters of {M}"
    otherwise "the size of {M} is not known".

has_active ::
    has_active(M) if claimed(M, active_params_b, _)
    says      "{M} uses a part of its parameters for a token"
    otherwise "{M} uses all its parameters for a token".

trained_tokens ::
    trained_tokens(N) if input(examples, X), example_tokens(L), input(epochs, E), N is X*L*E
    says      "{X} examples x {L} tokens x {E} epochs = {N} tokens"
    otherwise "how much is trained on is not known".

tokens_given ::
    example_tokens(L) if known(tokens_per_example, L)
    says      "{L} tokens an example"
    otherwise "the length of an example was not given".

tokens_assumed ::
    example_tokens(L) if unset(tokens_per_example), input(seq_len, L)
    says      "{L} tokens an example: the sequence length, an upper bound"
    otherwise "the length of an example is not known".

bf16 ::
    arithmetic(A, G) if known(gpu, G), claimed(G, supports_bf16, true), claim(G, tflops_bf16, A)
    says      "{G} does {A} TFLOPS in bf16"
    otherwise "{G} does not compute in bf16".

fp16 ::
    arithmetic(A, G) if known(gpu, G), not(has_bf16(G)), claim(G, tflops_fp16, A)
    says      "{G} does {A} TFLOPS in fp16"
    otherwise "the fp16 arithmetic of {G} is not known".

any_gpu ::
    arithmetic(A, 'a GPU of the catalogue') if not(named_card), input(gpu, G), claim(G, tflops_bf16, A)
    says      "no GPU was named: {A} TFLOPS"
    otherwise "no GPU was named".

has_bf16 ::
    has_bf16(G) if claimed(G, supports_bf16, true)
    says      "{G} computes in bf16"
    otherwise "{G} does not compute in bf16".
