:- module(run_time, []).

/** <module> How long does a run take, and is that soon enough?

hours = examples x tokens x epochs x parameters x operations / (arithmetic x efficiency x GPUs).
What samples its own answers trains on each of them, and writes them first: a new token of a batch
reads the weights that it passes once, at the memory's full speed, and answers are as long as they may be.
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
    hours_of(T, M, H) if not(samples(T)), trained_tokens(Tok), speed_of(T, M, R), H is Tok/R/3600
    says      "{Tok} tokens at {R} a second"
    otherwise "the time of {T} with {M} cannot be worked out".

hours_of_samples ::
    hours_of(T, M, H) if samples(T), trained_tokens(Tok), answers(T, A), speed_of(T, M, R), writing_hours(T, M, A, L, N, Gb, Bw, Wr), H is Tok*A/R/3600 + Wr
    says      "{Wr} hours to write answers, {A} a prompt, of up to {L} tokens, {N} at once, each token reading {Gb} GB at {Bw} GB/s; then {Tok} x {A} tokens are trained on at {R} a second"
    otherwise "how long {T} samples and trains with {M} cannot be worked out".

% ---- what is sampled -------------------------------------------------------------------------------------

writing_hours ::
    writing_hours(T, M, A, L, N, Gb, Bw, H) if input(examples, X), input(epochs, E), answer_tokens(T, L), answers_at_once(T, A, N), read_gb(T, M, N, Gb), bandwidth(Bw, On), input(n_gpus, G), H is X*E*A*L/N*Gb/Bw/G/3600
    says      "{X} prompts x {E} epochs x {A} answers of {L} tokens, {N} at once: each token of them reads {Gb} GB at {Bw} GB/s on {G} x {On}, {H} hours"
    otherwise "how long {M} writes is not known".

answers_stated ::
    answers(T, A) if not(counted_by_trainer(T)), claim(T, num_generations, A)
    says      "{A} answers to a prompt"
    otherwise "nobody says how many answers {T} samples to a prompt".

answers_of_trainer ::
    answers(T, A) if counted_by_trainer(T), trainer_class(T, C), claimed(C, sampled_answers, A)
    says      "{C} samples {A} answers to a prompt"
    otherwise "the trainer of {T} does not say how many answers it samples".

counted_by_trainer ::
    counted_by_trainer(T) if not(states(T, num_generations)), trainer_class(T, C), claimed(C, sampled_answers, _)
    says      "only {C} says how many answers are sampled"
    otherwise "a source says how many answers {T} samples, or its trainer says nothing".

answer_tokens_capped ::
    answer_tokens(T, L) if trainer_class(T, C), claimed(C, answer_tokens, L)
    says      "{C} stops answers at {L} tokens"
    otherwise "the trainer of {T} writes answers as long as examples".

answer_tokens ::
    answer_tokens(T, L) if not(capped(T)), example_tokens(L)
    says      "answers of {L} tokens"
    otherwise "how long answers are is not known".

capped ::
    capped(T) if trainer_class(T, C), claimed(C, answer_tokens, _)
    says      "{C} cuts answers short"
    otherwise "no trainer of {T} cuts answers short".

%   All answers of a step are written together, at least those to one prompt.
answers_at_once ::
    answers_at_once(T, A, N) if input(micro_batch, B), input(accumulation_steps, K), sequences(T, Q), N is max(A, B*K*Q)
    says      "{N} answers at once: those to one prompt, or {K} batches of {B} x {Q}"
    otherwise "how many answers are written at once is not known".

%   Tokens that pass different experts read more of a mixture, at most all of it.
read_gb ::
    read_gb(T, M, N, Gb) if fact(T, baseWeights, B), claim(B, bytes_per_param, K), size_b(M, All), passed_b(M, P), Gb is min(All, P*N)*K
    says      "{P} of {All} B parameters for each of {N} tokens, {K} B each: {Gb} GB"
    otherwise "what {M} reads for a token is not known".

bandwidth ::
    bandwidth(Bw, G) if known(gpu, G), claim(G, bandwidth_gbs, Bw)
    says      "the memory of {G} gives {Bw} GB a second"
    otherwise "the memory bandwidth of {G} is not known".

any_bandwidth ::
    bandwidth(Bw, 'a GPU of the catalogue') if not(named_card), input(gpu, G), claim(G, bandwidth_gbs, Bw)
    says      "no GPU was named: {Bw} GB a second"
    otherwise "no GPU was named".

% ---- what is trained on ------------------------------------------------------------------------------------

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
