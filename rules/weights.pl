:- module(weights, []).

/** <module> What lies on a GPU from step to step: weights, what is trained, other models beside it

Weights by the bytes of their kind; a trained parameter by its own copy, gradient,
master copy and the optimizer's states, each as far as it is sharded or offloaded.
*/

weights ::
    weights_gib(T, M, P, H, W) if not(weights_elsewhere), whole_gib(T, M, P, H, W)
    says      "{W} GiB of weights"
    otherwise "the weights of {M} lie in the computer's memory, or are not known".

%   Weights in the computer's memory come layer by layer when they are used.
weights_streamed ::
    weights_gib(T, M, P, H, W) if weights_elsewhere, whole_gib(T, M, P, H, W0), shape(M, L, _, _, _, _), claim('memory-constants', gathered_layers, Ga), W is W0*Ga/L
    says      "weights lie in the computer's memory: {Ga} of {L} layers of {W0} GiB at a time, {W}"
    otherwise "weights lie on the GPU".

weights_elsewhere ::
    weights_elsewhere if input(offload, Of), claimed(Of, weights_on_gpu, On), On =< 0
    says      "{Of} keeps weights in the computer's memory"
    otherwise "weights lie on the GPU".

whole_weights ::
    whole_gib(T, M, _, _, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), Bits >= Full,
                            size_b(M, P), claim(B, bytes_per_param, K), pieces(weights, S), W is P*K/1.073741824/S
    says      "{P} B parameters x {K} B over {S} = {W} GiB of weights"
    otherwise "{T} does not keep its base in 16 bits".

%   A checkpoint published in fewer bits is kept as it is.
native_weights ::
    whole_gib(T, M, _, _, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), Bits < Full,
                            claimed(M, native_bits, N), size_b(M, P), pieces(weights, S), W is P*N/8/1.073741824/S
    says      "{P} B parameters x {N} bits as published, over {S} = {W} GiB of weights"
    otherwise "{M} is not published in fewer bits".

%   Embeddings are not quantised; they have the type of the residual stream.
quantised_weights ::
    whole_gib(T, M, P, H, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), Bits < Full,
                            not(published_small(M)), not(experts_left(B, M)), size_b(M, N), embedding_b(M, H, E), claim(B, bytes_per_param, K),
                            claim(P, stream_hidden, Ke), pieces(weights, S), W is ((N - E)*K + E*Ke)/1.073741824/S
    says      "{N} B parameters, {E} B of them embeddings x {Ke} B, the rest x {K} B, over {S} = {W} GiB of weights"
    otherwise "the quantised size of {M} is not known".

%   Transformers 5 keeps the experts of a mixture as one tensor, which some kinds of quantisation pass over.
half_quantised_weights ::
    whole_gib(T, M, P, H, W) if fact(T, baseWeights, B), experts_left(B, M), not(published_small(M)), size_b(M, N), embedding_b(M, H, E), experts_b(M, X), claim(B, bytes_per_param, K),
                            claim(P, stream_hidden, Ke), claim('bf16-weights', bytes_per_param, K16), pieces(weights, S), W is ((N - E - X)*K + E*Ke + X*K16)/1.073741824/S
    says      "{X} B parameters of experts stay in 16 bits; {E} B of embeddings x {Ke} B, the rest of {N} B x {K} B, over {S} = {W} GiB of weights"
    otherwise "{T} quantises all of {M}".

experts_left ::
    experts_left(B, M) if fact(B, leaves, experts), experts_b(M, _)
    says      "{B} pass over the experts of {M}"
    otherwise "{M} has no experts, or {B} take them too".

published_small ::
    published_small(M) if claimed(M, native_bits, _)
    says      "{M} is published in fewer bits"
    otherwise "{M} is published in 16 bits".

% ---- what is trained ----------------------------------------------------------------------------------------

trained_all ::
    trained(T, M, P, Own, Gr, Opt, St) if fact(T, parametrisation, 'all-weights'), size_b(M, B), each_parameter(P, T, B, Own, Gr, Opt, St)
    says      "all {B} B parameters are trained"
    otherwise "{T} does not train all weights".

trained_part ::
    trained(T, M, P, Own, Gr, Opt, St) if fact(T, parametrisation, Pa), Pa \== 'all-weights', adapter_b(T, M, B), each_parameter(P, T, B, Own, Gr, Opt, St)
    says      "{B} B parameters are trained"
    otherwise "{T} trains all weights".

each_parameter ::
    each_parameter(P, T, B, Own, Gr, Opt, St) if claim(P, gradient_bytes, G), claim(P, trained_bytes, W), claim(P, master_bytes, Ma), claim(P, step_bytes, Sb),
                            optimizer_bytes(T, P, O), step_share(Sh), gradient_share(Gs), states_share_on_gpu(On), pieces(weights, Nw), pieces(gradients, Ng), pieces(states, No),
                            Own is B*(W/Nw + On*Ma/No)/1.073741824, Gr is Gs*B*G/Ng/1.073741824, Opt is On*B*O/No/1.073741824, St is On*Gs*B*(Sb + G*Sh)/No/1.073741824
    says      "{W} B of its own, {G} of gradient ({Gs} of them at once), {Ma} of master copy, {O} of state ({On} on the GPU), {Sb} and {Sh} gradients at the step, a trained parameter"
    otherwise "what a trained parameter takes is not known".

%   A profile states AdamW's moments; another optimizer, or a technique that has its own, brings its own figure.
optimizer_of_technique ::
    optimizer_bytes(T, _, S) if claimed(T, state_bytes, S)
    says      "{T} keeps {S} B of state a trained parameter"
    otherwise "{T} states no figure of its own".

optimizer_own ::
    optimizer_bytes(T, _, S) if not(states_bytes(T)), input(optimizer, O), claimed(O, state_bytes, S)
    says      "{O} keeps {S} B a trained parameter"
    otherwise "the optimizer states no figure of its own".

optimizer_usual ::
    optimizer_bytes(T, P, S) if not(states_bytes(T)), input(optimizer, O), not(states_bytes(O)), claim(P, state_bytes, S)
    says      "{O} keeps {S} B a trained parameter"
    otherwise "the optimizer states a figure of its own".

states_bytes ::
    states_bytes(O) if claimed(O, state_bytes, _)
    says      "{O} states a figure of its own"
    otherwise "{O} states no figure of its own".

step_share_stated ::
    step_share(Sh) if input(optimizer, O), claimed(O, step_share, Sh)
    says      "{O} makes temporaries of {Sh} gradients"
    otherwise "the optimizer makes no temporaries".

step_share_none ::
    step_share(0) if input(optimizer, O), not(makes_temporaries(O))
    says      "{O} makes no temporaries"
    otherwise "{O} makes temporaries".

makes_temporaries ::
    makes_temporaries(O) if claimed(O, step_share, _)
    says      "{O} makes temporaries"
    otherwise "{O} makes none".

gradients_at_once ::
    gradient_share(1) if not(input(step_in_backward, true)), not(weights_elsewhere)
    says      "all gradients are there at once"
    otherwise "each gradient is used and freed in the backward pass".

gradients_used_up ::
    gradient_share(0) if input(step_in_backward, true)
    says      "each gradient is used and freed in the backward pass"
    otherwise "all gradients are there at once".

%   Where weights lie in the computer's memory, each gradient goes there as soon as it is made.
gradients_streamed ::
    gradient_share(0) if not(input(step_in_backward, true)), weights_elsewhere
    says      "each gradient goes to the computer's memory"
    otherwise "gradients stay on the GPU".

states_on_gpu ::
    states_share_on_gpu(On) if input(offload, Of), claim(Of, states_on_gpu, On)
    says      "{On} of the optimizer's state is on the GPU with {Of}"
    otherwise "where the optimizer's state lies is not known".

%   Gradients that outlast the backward pass are there when the next begins.
lasting ::
    lasting(T, Gr, Gl) if trains_everything(T), input(accumulation_steps, K), K > 1, Gl is Gr
    says      "gradients stay over {K} steps: {Gl} GiB"
    otherwise "gradients do not stay".

not_lasting ::
    lasting(T, _, 0) if not(accumulates(T))
    says      "gradients of {T} are freed after each step, or small"
    otherwise "gradients of {T} stay".

accumulates ::
    accumulates(T) if trains_everything(T), input(accumulation_steps, K), K > 1
    says      "{T} keeps all gradients over {K} steps"
    otherwise "{T} keeps no gradients from step to step".

trains_everything ::
    trains_everything(T) if fact(T, parametrisation, 'all-weights')
    says      "{T} trains all weights"
    otherwise "{T} trains a part".

% ---- beside it ------------------------------------------------------------------------------------------------

%   A 16-bit copy of 32-bit weights lives from the forward pass until the backward pass has used it.
cast_copies ::
    cast(P, W, Ca) if claimed(P, cast_share, Share), Ca is W*Share
    says      "{Share} of {W} GiB of 16-bit weights are autocast's copies, gone after the backward pass"
    otherwise "{P} makes no copies".

no_copies ::
    cast(P, _, 0) if not(makes_copies(P))
    says      "{P} computes with the weights as they are"
    otherwise "{P} makes 16-bit copies".

makes_copies ::
    makes_copies(P) if claimed(P, cast_share, _)
    says      "{P} makes 16-bit copies of its weights"
    otherwise "{P} makes no copies".

companions ::
    companions(T, W, Co) if reference_gib(T, W, Re), teacher_gib(T, _, Te), server_gib(T, Sv), Co is Re + Te + Sv
    says      "beside it a reference of {Re} GiB, a teacher of {Te}, a server of {Sv}"
    otherwise "what lies beside the model that {T} trains is not known".

%   With an adapter the reference is the base without it: no second copy.
reference ::
    reference_gib(T, W, Re) if refers(T), Re is W
    says      "a reference model of {W} GiB beside it"
    otherwise "{T} needs no reference".

no_reference ::
    reference_gib(T, _, 0) if not(refers(T))
    says      "no reference beside {T}"
    otherwise "{T} keeps a reference".

%   The teacher is loaded in 16 bits, whole on each GPU: nothing prepares it for sharding, as it is not trained.
teacher ::
    teacher_gib(T, M, Te) if keeps_teacher(T), input(teacher_model, M), claim(M, params_b, P), claim('bf16-weights', bytes_per_param, K), Te is P*K/1.073741824
    says      "the teacher {M}: {P} B parameters x {K} B = {Te} GiB of weights"
    otherwise "{T} keeps no teacher on the GPU".

no_teacher ::
    teacher_gib(T, none, 0) if not(keeps_teacher(T))
    says      "no teacher beside {T}"
    otherwise "{T} keeps a teacher".

teacher_of_technique ::
    keeps_teacher(T) if fact(T, keepsTeacher, true)
    says      "{T} reads a teacher that lies beside it"
    otherwise "{T} reads no teacher while it trains".

teacher_of_trainer ::
    keeps_teacher(T) if trainer_class(T, C), fact(C, keepsTeacher, true)
    says      "{C} reads a teacher that lies beside it"
    otherwise "the trainer of {T} reads no teacher".

trainer_class ::
    trainer_class(T, C) if fact(T, trainer, Tr), fact(C, trainer, Tr), isa(C, 'TrainerClass')
    says      "{T} is trained by {C}"
    otherwise "no trainer of {T} is known".

%   A server on the same card holds its share all the time.
server ::
    server_gib(T, Sv) if shares_card(T, Share), usable_gib(U, _), input(n_gpus, N), Sv is U/N*Share
    says      "what generates holds {Share} of the card: {Sv} GiB"
    otherwise "no server generates on the card".

no_server ::
    server_gib(T, 0) if not(shares_card(T, _))
    says      "no server beside {T}"
    otherwise "a server generates on the card".

shares_card ::
    shares_card(T, Share) if samples(T), known(generation, Ge), claimed(Ge, card_share, Share)
    says      "{Ge} holds {Share} of the card"
    otherwise "nothing else generates on the card".

refers ::
    refers(T) if fact(T, objective, O), fact(O, needsReference, true), trains_everything(T), not(known(reference_precomputed, true))
    says      "{T} compares with the model it started from, and trains all weights"
    otherwise "{T} compares with nothing, or its base without the adapter, or with figures worked out before".

%   Keys and values of all samples that are generated for a step.
sampled ::
    apart(T, _, L, Kv, Ap) if samples(T), not(shares_card(T, _)), claim('memory-constants', cache_bytes, B), tokens_at_once(T, N), input(accumulation_steps, K), Ap is L*Kv*B*N*K/1.0e9/1.073741824
    says      "{L} layers x {Kv} x {B} B of keys and values for {K} batches of {N} tokens that are generated"
    otherwise "{T} generates nothing by itself".

evaluated ::
    apart(T, M, _, _, Ap) if not(samples(T)), known(eval_batch, E), input(seq_len, S), head_in_use(T, Head), claim(Head, eval_bytes, B), vocabulary(M, V), Ap is B*V*E*S/1.0e9/1.073741824
    says      "evaluation: {E} x {S} tokens x {V} entries x {B} B of logits"
    otherwise "no evaluation was asked for".

nothing_apart ::
    apart(T, _, _, _, 0) if not(samples(T)), unset(eval_batch)
    says      "nothing is generated or evaluated between steps"
    otherwise "something is generated or evaluated between steps".

generated_elsewhere ::
    apart(T, _, _, _, 0) if shares_card(T, _)
    says      "a server generates"
    otherwise "no server generates".

samples ::
    samples(T) if fact(T, objective, O), fact(O, makesSamples, true)
    says      "{T} trains on its own samples"
    otherwise "{T} trains on given examples".

samples_by_trainer ::
    samples(T) if fact(T, objective, O), not(all_sampled(O)), trainer_class(T, C), fact(C, makesSamples, true)
    says      "{C} trains {T} on its own samples"
    otherwise "the trainer of {T} samples nothing".

all_sampled ::
    all_sampled(O) if fact(O, makesSamples, true)
    says      "{O} is done on the model's own samples"
    otherwise "{O} is not always done on samples".
