:- module(memory, []).

/** <module> Does training fit in the memory of the GPU?

A run peaks in one of three moments, and needs the largest of them:
  the loss         what is kept for the backward pass and the logits are all there
  the backward pass  one layer is computed again; gradients pile up where they are kept
  the step         gradients, states and the optimizer's temporaries
On top comes what the driver and the allocator take. Over several GPUs, weights,
gradients and states are sharded as the sharding says; activations are not.
Bytes become GiB by the unit factor 1.073741824 (10^9 / 2^30).
Shapes are in shape.pl; how a technique trains (its profile) in profile.pl.
*/

elsewhere ::
    fits(T) if fact(T, trainsOn, W), W \== ownGpu
    says      "{T} takes no GPU memory for training here"
    otherwise "{T} trains on a GPU here".

fits ::
    fits(T) if fact(T, trainsOn, ownGpu), need_gib(T, Need), usable_gib(Have, On), Need =< Have
    says      "{Need} GiB needed at the peak, {Have} usable on {On}"
    otherwise "{Need} GiB needed at the peak, {Have} usable on {On}".

%   The central estimate fits; its upper end does not.
tight ::
    tight(T) if fact(T, trainsOn, ownGpu), need_high(T, High), usable_gib(Have, On), High > Have
    says      "tight: it may need {High} GiB, {Have} usable on {On}"
    otherwise "also the upper end fits: {High} GiB, {Have} usable on {On}".

% ---- what there is ------------------------------------------------------------------------------------

card ::
    usable_gib(V, G) if known(gpu, G), claim(G, usable_gib, U), input(n_gpus, N), V is U*N
    says      "{N} x {G}: {U} GiB usable of each"
    otherwise "the usable memory of {G} is not known".

card_by_memory ::
    usable_gib(V, 'the card') if not(named_card), known(gpu_memory_gib, M), claim('usable-share', usable_share, Share),
                      input(n_gpus, N), V is M*Share*N
    says      "of {M} GiB nominal, {Share} can be used, on {N} GPU"
    otherwise "the usable memory of the card is not known".

card_unknown ::
    usable_gib(V, 'a GPU of the catalogue') if not(named_card), unset(gpu_memory_gib), input(gpu, G), claim(G, usable_gib, U), input(n_gpus, N), V is U*N
    says      "no GPU was named: {U} GiB usable on one of the catalogue"
    otherwise "no GPU was named".

named_card ::
    named_card if known(gpu, _)
    says      "the GPU is named"
    otherwise "no GPU is named".

% ---- what is needed, over all GPUs -----------------------------------------------------------------------

need_trusted ::
    need_gib(T, Need) if trusted(T, need_gib, Need)
    says      "{T} needs {Need} GiB by the source you trust"
    otherwise "no source you trust says what {T} needs".

need ::
    need_gib(T, Need) if not(trusted(T, need_gib, _)), spread(N, M, candidate_model(M), need_of(T, M, N), Need)
    says      "{T} needs {Need} GiB"
    otherwise "what {T} needs is not known".

need_of ::
    need_of(T, M, Need) if peak(T, M, A, _, _), claim('memory-constants', overhead_gib, O), communicator(C), input(n_gpus, N), Need is (A + O + C)*N
    says      "{A} GiB at the peak, {O} of workspaces and {C} to speak with other GPUs, on each of {N} GPU"
    otherwise "the memory of {T} with {M} cannot be added up".

communicator ::
    communicator(C) if input(n_gpus, N), N > 1, claim('memory-constants', communicator_gib, C)
    says      "{N} GPUs take {C} GiB each to speak with one another"
    otherwise "one GPU speaks with no other".

no_communicator ::
    communicator(0) if input(n_gpus, N), N =< 1
    says      "{N} GPU speaks with no other"
    otherwise "several GPUs speak with one another".

need_high ::
    need_high(T, High) if need_gib(T, Need), claim('memory-constants', relative_width, W), High is Need*(1 + W)
    says      "at most {High} GiB, {Need} and {W} of it more, in nine runs of ten"
    otherwise "how far {T} may need more is not known".

%   Both ends of what the driver shows.
device_high ::
    device_high(T, High) if device_gib(T, D), claim('memory-constants', reserved_width, W), High is D*(1 + W)
    says      "at most {High} GiB, {D} and {W} of it more, in nine runs of ten"
    otherwise "how far the driver may show more is not known".

allocated ::
    allocated_gib(T, A) if spread(N, M, candidate_model(M), allocated_of(T, M, N), A)
    says      "{A} GiB of tensors at the peak"
    otherwise "the peak of {T} is not known".

allocated_of ::
    allocated_of(T, M, A) if peak(T, M, A, _, _)
    says      "{A} GiB of tensors"
    otherwise "the peak of {T} with {M} is not known".

reserved ::
    reserved_gib(T, R) if spread(N, M, candidate_model(M), reserved_of(T, M, N), R)
    says      "{R} GiB held by the allocator"
    otherwise "what the allocator holds is not known".

%   The allocator keeps what came and went: the more, the more lengths and sizes change; it gives it back when the card is full.
reserved_of ::
    reserved_of(T, M, R) if not(sized_card), peak(T, M, A, Still, Pass), reserve(F), R is max(A, Still + Pass*F)
    says      "{Still} GiB that stays and {F} times the {Pass} of a pass, or {A} of tensors"
    otherwise "what the allocator holds for {T} with {M} is not known".

reserved_of_card ::
    reserved_of(T, M, R) if sized_card, peak(T, M, A, Still, Pass), reserve(F), usable_gib(U, _), input(n_gpus, N), R is max(A, min(Still + Pass*F, U/N))
    says      "{Still} GiB that stays and {F} times the {Pass} of a pass, as far as {U} GiB on {N} GPU go, or {A} of tensors"
    otherwise "what the allocator holds for {T} with {M} is not known".

sized_by_name ::
    sized_card if known(gpu, _)
    says      "the GPU is named"
    otherwise "no GPU is named".

sized_by_memory ::
    sized_card if not(named_card), known(gpu_memory_gib, _)
    says      "the card's memory is given"
    otherwise "no memory of a card was given".

reserve_of_loop ::
    reserve(F) if known(framework, W), claimed(W, reserved_factor, F)
    says      "the allocator holds {F} times what comes and goes with {W}"
    otherwise "no figure for this framework".

reserve_usual ::
    reserve(F) if not(loop_reserve), input(loss_head, Head), claim(Head, reserved_factor, F)
    says      "the allocator holds {F} times what comes and goes with {Head}"
    otherwise "no figure for this loss".

loop_reserve ::
    loop_reserve if known(framework, W), claimed(W, reserved_factor, _)
    says      "there is a figure for {W}"
    otherwise "there is no figure for this framework".

device ::
    device_gib(T, D) if reserved_gib(T, R), claim('memory-constants', context_gib, C), communicator(Co), D is R + C + Co
    says      "{R} GiB held by the allocator {C} of driver context and {Co} to speak with other GPUs"
    otherwise "what the driver shows is not known".

% ---- the peak of one GPU, and what of it stays all the time ------------------------------------------------

peak ::
    peak(T, M, A, Still, Pass) if profile(T, P), shape(M, L, H, I, Kv, _), weights_gib(T, M, P, H, W), trained(T, M, P, Own, Gr, Opt, St),
                        gathered(T, M, P, W, L, H, G), kept(P, L, H, I, Kv, K), layer_again(P, T, L, H, I, R), loss_gib(M, H, Lo), lasting(T, Gr, Gl), inside(K, L, Kl),
                        moments(W, Own, Opt, Gr, G, K, Kl, R, Lo, St, Gl, P1, P2, P3),
                        A is max(max(P1, P2), P3), Still is W + Own + Opt + Gl, Pass is G + max(K + Lo, K - Kl + R)
    says      "{P1} GiB in the loss, {P2} in the backward pass, {P3} in the step: {A} GiB at the peak"
    otherwise "the peak of {T} with {M} cannot be added up".

moments ::
    moments(W, Own, Opt, Gr, G, K, Kl, R, Lo, St, Gl, P1, P2, P3) if P1 is W + Own + Opt + Gl + G + K + Lo, P2 is W + Own + Opt + Gl + G + max(K - Kl, Gr - Gl) + R, P3 is W + Own + Opt + Gr + St
    says      "weights {W}, trained copies {Own}, states {Opt}, gradients {Gr}, gathered {G}, kept {K}, one layer's pass {R} ({Kl} of it kept), loss {Lo}, the step {St}"
    otherwise "the moments cannot be added up".

whole_weights ::
    weights_gib(T, M, _, _, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), Bits >= Full,
                            size_b(M, P), claim(B, bytes_per_param, K), pieces(weights, S), W is P*K/1.073741824/S
    says      "{P} B parameters x {K} B over {S} = {W} GiB of weights"
    otherwise "{T} does not keep its base in 16 bits".

%   A checkpoint published in fewer bits is kept as it is.
native_weights ::
    weights_gib(T, M, _, _, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), Bits < Full,
                            claimed(M, native_bits, N), size_b(M, P), pieces(weights, S), W is P*N/8/1.073741824/S
    says      "{P} B parameters x {N} bits as published, over {S} = {W} GiB of weights"
    otherwise "{M} is not published in fewer bits".

%   Embeddings are not quantised; they have the type of the residual stream.
quantised_weights ::
    weights_gib(T, M, P, H, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), Bits < Full,
                            not(published_small(M)), not(experts_left(B, M)), size_b(M, N), embedding_b(M, H, E), claim(B, bytes_per_param, K),
                            claim(P, stream_hidden, Ke), pieces(weights, S), W is ((N - E)*K + E*Ke)/1.073741824/S
    says      "{N} B parameters, {E} B of them embeddings x {Ke} B, the rest x {K} B, over {S} = {W} GiB of weights"
    otherwise "the quantised size of {M} is not known".

%   Transformers 5 keeps the experts of a mixture as one tensor, which some kinds of quantisation pass over.
half_quantised_weights ::
    weights_gib(T, M, P, H, W) if fact(T, baseWeights, B), experts_left(B, M), not(published_small(M)), size_b(M, N), embedding_b(M, H, E), experts_b(M, X), claim(B, bytes_per_param, K),
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
    gradient_share(1) if not(input(step_in_backward, true))
    says      "all gradients are there at once"
    otherwise "each gradient is used and freed in the backward pass".

gradients_used_up ::
    gradient_share(0) if input(step_in_backward, true)
    says      "each gradient is used and freed in the backward pass"
    otherwise "all gradients are there at once".

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

% ---- what the pass keeps ---------------------------------------------------------------------------------------

all_kept ::
    kept(P, L, H, I, Kv, A) if not(input(gradient_checkpointing, true)), claim(P, act_hidden, Ch), claim(P, act_kv, Ck), claim(P, act_mlp, Cm), tokens(N), attention_map(N, At),
                            A is ((Ch*H + Ck*Kv + Cm*I)*N + At)*L/1.0e9/1.073741824
    says      "{L} layers x {N} tokens x ({Ch} x {H} hidden + {Ck} x {Kv} key-value + {Cm} x {I} MLP) B, and {At} B of attention a layer"
    otherwise "what is kept for the backward pass is not known".

inputs_kept ::
    kept(P, L, H, _, _, A) if input(gradient_checkpointing, true), claim(P, stream_hidden, Cs), tokens(N), input(offload, Of), claim(Of, inputs_on_gpu, On),
                            A is On*Cs*L*H*N/1.0e9/1.073741824
    says      "{L} layer inputs of {H} x {Cs} B x {N} tokens, {On} of them on the GPU"
    otherwise "checkpointing is off".

%   The backward pass of one layer: what it keeps, computed again or still there, and its temporaries.
one_layer ::
    layer_again(P, T, L, H, I, A) if claim(P, recomputed_hidden, Ch), claim(P, recomputed_mlp, Cm), tokens(N), attention_map(N, At), again_sharded(P, T, L, H, E),
                            A is ((Ch*H + Cm*I + E)*N + At)/1.0e9/1.073741824
    says      "one layer in its backward pass: ({Ch} x {H} + {Cm} x {I} + {E}) B x {N} tokens, and {At} B of attention"
    otherwise "what a layer takes in its backward pass is not known".

%   Without checkpointing that layer's share of what is kept is the same memory.
layer_kept ::
    inside(K, L, Kl) if not(input(gradient_checkpointing, true)), Kl is K/L
    says      "{Kl} GiB of the {K} kept are that layer's"
    otherwise "layers are computed again".

layer_not_kept ::
    inside(_, _, 0) if input(gradient_checkpointing, true)
    says      "the layer is computed again"
    otherwise "all layers are kept".

%   Sharded weights that are not trained: gradients of all layer inputs stay until the pass ends (seen in published runs).
held_by_shards ::
    again_sharded(P, T, L, H, E) if held(T), claim(P, stream_hidden, Cs), claim('memory-constants', held_inputs, F), E is F*Cs*L*H
    says      "sharded: {L} layer inputs of {H} x {Cs} B are held {F} times more"
    otherwise "the weights are not sharded".

not_held ::
    again_sharded(_, T, _, _, 0) if not(held(T))
    says      "no layer inputs of {T} are held"
    otherwise "layer inputs of {T} are held".

held ::
    held(T) if gathers, not(trains_everything(T)), input(gradient_checkpointing, true)
    says      "{T} trains a part of sharded weights, with checkpointing"
    otherwise "{T} trains all weights, or they are not sharded, or all is kept".

map_kept ::
    attention_map(N, B) if input(attention_kernel, K), claimed(K, map_bytes, C), input(seq_len, S), known_heads(A), B is C*A*S*N
    says      "{K} attention keeps {A} maps of {S} x {N} tokens x {C} B"
    otherwise "attention keeps no map".

no_map ::
    attention_map(_, 0) if not(keeps_map)
    says      "attention keeps no map"
    otherwise "attention keeps its map".

keeps_map ::
    keeps_map if input(attention_kernel, K), claimed(K, map_bytes, _)
    says      "{K} attention keeps its map"
    otherwise "attention keeps no map".

heads_stated ::
    known_heads(A) if unset(shape_layers), known(model, M), claim(M, attention_heads, A)
    says      "{A} heads"
    otherwise "the heads are not known".

heads_given ::
    known_heads(A) if known(shape_layers, _), input(shape_heads, A)
    says      "{A} heads"
    otherwise "the heads were not given".

tokens ::
    tokens(N) if input(seq_len, S), input(micro_batch, B), input(seq_fill, F), N is S*B*F
    says      "{B} x {S} tokens at once, {F} of them real"
    otherwise "how many tokens pass at once is not known".

loss ::
    loss_gib(M, H, A) if input(loss_head, Head), claim(Head, logit_bytes, C), claim(Head, head_gib, Tile), claim(Head, head_hidden, Ch),
                      vocabulary(M, V), tokens(N), A is Tile + (C*V + Ch*H)*N/1.0e9/1.073741824
    says      "{Head}: {Tile} GiB, and {N} tokens x ({V} entries x {C} B + {H} x {Ch} B)"
    otherwise "what the loss of {M} takes is not known".
