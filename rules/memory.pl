:- module(memory, []).

/** <module> Does training fit in the memory of the GPU?

Peak = weights + gradients + optimizer + activations + overhead, for the
model's own shape; where only a size was given, over every model of the
catalogue of about that size. Over several GPUs weights, gradients and
optimizer are sharded, activations and overhead are not.
Bytes become GiB by the unit factor 1.073741824 (10^9 / 2^30).
*/

elsewhere ::
    fits(T) if fact(T, trainsOn, W), W \== ownGpu
    says      "{T} takes no GPU memory for training here"
    otherwise "{T} trains on a GPU here".

fits ::
    fits(T) if fact(T, trainsOn, ownGpu), need_gib(T, Need), usable_gib(Have, On), Need =< Have
    says      "{Need} GiB needed at the peak, {Have} usable on {On}"
    otherwise "{Need} GiB needed at the peak, {Have} usable on {On}".

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

% ---- what is needed -------------------------------------------------------------------------------------

need_trusted ::
    need_gib(T, Need) if trusted(T, need_gib, Need)
    says      "{T} needs {Need} GiB by the source you trust"
    otherwise "no source you trust says what {T} needs".

need ::
    need_gib(T, Need) if not(trusted(T, need_gib, _)), spread(N, M, candidate_model(M), need_of(T, M, N), Need)
    says      "{T} needs {Need} GiB"
    otherwise "what {T} needs is not known".

model_named ::
    candidate_model(M) if known(model, M)
    says      "the model is {M}"
    otherwise "no model was named".

model_by_size ::
    candidate_model(M) if unset(model), known(params_b, P), isa(M, 'Model'), claimed(M, params_b, Q), claimed(M, layers, _),
                          claim('catalogue-band', size_band, Band), Q >= P*(1-Band), Q =< P*(1+Band)
    says      "{M} has {Q} B parameters, about {P}"
    otherwise "no model of the catalogue has about {P} B parameters".

need_of ::
    need_of(T, M, Need) if profile(T, P), weights_gib(T, M, W), trained_gib(T, M, P, Gr, Opt), activations_gib(M, P, A),
                           loss_gib(M, Lo), claim(P, overhead_gib, O), input(n_gpus, N), Need is W + Gr + Opt + (A + Lo + O)*N
    says      "weights {W}, gradients {Gr}, optimizer {Opt}, activations {A}, loss {Lo}, overhead {O}"
    otherwise "the memory of {T} with {M} cannot be added up".

% ---- which measured profile describes the technique ------------------------------------------------------

own_profile ::
    profile(T, P) if isa(P, 'MemoryProfile'), fact(P, forTechnique, T), fact(T, baseWeights, B), fact(P, forBaseWeights, B)
    says      "{T} was measured itself: {P}"
    otherwise "{T} was not measured itself".

precise_profile ::
    profile(T, P) if not(measured_itself(T)), like(T, P), fact(P, forTrainingPrecision, Pr), input(training_precision, Pr)
    says      "{T} trains like {P}"
    otherwise "no profile is stated for this precision".

general_profile ::
    profile(T, P) if not(measured_itself(T)), like(T, P), not(one_precision(P)), not(stated_for_precision(T))
    says      "{T} trains like {P}"
    otherwise "nobody has measured how {T} trains".

like ::
    like(T, P) if fact(T, parametrisation, Pa), fact(T, baseWeights, B), isa(P, 'MemoryProfile'), fact(P, forParametrisation, Pa),
                  fact(P, forBaseWeights, B), not(special(P))
    says      "{P} holds for what {T} trains, on what it trains"
    otherwise "no profile holds for {T}".

stated_for_precision ::
    stated_for_precision(T) if like(T, P), fact(P, forTrainingPrecision, Pr), input(training_precision, Pr)
    says      "{P} is stated for this precision"
    otherwise "none is stated for this precision".

one_precision ::
    one_precision(P) if fact(P, forTrainingPrecision, _)
    says      "{P} holds for one precision"
    otherwise "{P} holds for every precision".

measured_itself ::
    measured_itself(T) if isa(P, 'MemoryProfile'), fact(P, forTechnique, T), fact(T, baseWeights, B), fact(P, forBaseWeights, B)
    says      "{P} is of {T} itself"
    otherwise "{T} was not measured itself".

special_technique ::
    special(P) if fact(P, forTechnique, _)
    says      "{P} is of one technique"
    otherwise "{P} is of no one technique".

special_targets ::
    special(P) if fact(P, forTargets, _)
    says      "{P} is of other target modules"
    otherwise "{P} is of all linear layers".

special_framework ::
    special(P) if fact(P, forFramework, _)
    says      "{P} is of another framework"
    otherwise "{P} is of the usual framework".

size ::
    size_b(M, P) if claim(M, params_b, P)
    says      "{M} has {P} B parameters"
    otherwise "the size of {M} is not known".

embeddings_tied ::
    embedding_b(M, E) if claimed(M, tied_embeddings, true), claim(M, vocab_size, V), claim(M, hidden_size, H), E is V*H/1.0e9
    says      "{M} has one embedding of {V} x {H} = {E} B"
    otherwise "the embedding of {M} is not known".

embeddings_untied ::
    embedding_b(M, E) if claimed(M, tied_embeddings, false), claim(M, vocab_size, V), claim(M, hidden_size, H), E is (V*H + V*H)/1.0e9
    says      "{M} has two embeddings of {V} x {H}, together {E} B"
    otherwise "the embeddings of {M} are not known".

whole_weights ::
    weights_gib(T, M, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), Bits >= Full,
                            size_b(M, P), claim(B, bytes_per_param, K), W is P*K/1.073741824
    says      "{P} B parameters x {K} B = {W} GiB of weights"
    otherwise "{T} does not keep its base in 16 bits".

%   A checkpoint published in fewer bits is kept as it is.
native_weights ::
    weights_gib(T, M, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), not_full(Bits, Full),
                            claimed(M, native_bits, N), size_b(M, P), W is P*N/8/1.073741824
    says      "{P} B parameters x {N} bits as published = {W} GiB of weights"
    otherwise "{M} is not published in fewer bits".

quantised_weights ::
    weights_gib(T, M, W) if fact(T, baseWeights, B), claim(B, base_bits, Bits), claim('bf16-weights', base_bits, Full), not_full(Bits, Full),
                            not(published_small(M)), size_b(M, P), embedding_b(M, E), claim(B, bytes_per_param, K),
                            claim('bf16-weights', bytes_per_param, K16), W is ((P - E)*K + E*K16)/1.073741824
    says      "{P} B parameters, {E} B of them embeddings in 16 bits, the rest x {K} B = {W} GiB of weights"
    otherwise "the quantised size of {M} is not known".

published_small ::
    published_small(M) if claimed(M, native_bits, _)
    says      "{M} is published in fewer bits"
    otherwise "{M} is published in 16 bits".

fewer ::
    not_full(Bits, Full) if Bits < Full
    says      "{Bits} bits are fewer than {Full}"
    otherwise "{Bits} bits are no fewer than {Full}".

% ---- what is trained ----------------------------------------------------------------------------------------

trained_all ::
    trained_gib(T, M, P, Gr, Opt) if fact(T, parametrisation, 'all-weights'), size_b(M, B), per_parameter(P, G, Own, S),
                            Gr is B*G/1.073741824, Opt is B*(Own + S)/1.073741824
    says      "all {B} B parameters: {G} B of gradient, {Own} B of master copy and {S} B of optimizer state each"
    otherwise "{T} does not train all weights".

trained_part ::
    trained_gib(T, M, P, Gr, Opt) if fact(T, parametrisation, Pa), Pa \== 'all-weights', adapter_b(T, M, B), per_parameter(P, G, Own, S),
                            Gr is B*G/1.073741824, Opt is B*(Own + S)/1.073741824
    says      "{B} B trained parameters: {G} B of gradient, {Own} B of their own and {S} B of optimizer state each"
    otherwise "{T} trains all weights".

per_parameter ::
    per_parameter(P, G, Own, S) if claim(P, gradient_bytes, G), claim(P, trained_bytes, W), claim(P, master_bytes, Ma), claim(P, step_bytes, St),
                            optimizer_bytes(P, O), Own is W + Ma, S is O + St
    says      "{G} B of gradient, {W} B of trained weights, {Ma} B of master copy, {O} B of state, {St} B at the step"
    otherwise "what a trained parameter takes is not known".

%   A profile states AdamW's moments; another optimizer brings its own figure.
optimizer_own ::
    optimizer_bytes(_, S) if input(optimizer, O), claimed(O, state_bytes, S)
    says      "{O} keeps {S} B a trained parameter"
    otherwise "the optimizer states no figure of its own".

optimizer_usual ::
    optimizer_bytes(P, S) if input(optimizer, O), not(states_bytes(O)), claim(P, state_bytes, S)
    says      "{O} keeps {S} B a trained parameter"
    otherwise "the optimizer states a figure of its own".

states_bytes ::
    states_bytes(O) if claimed(O, state_bytes, _)
    says      "{O} states a figure of its own"
    otherwise "{O} states no figure of its own".

adapter_low_rank ::
    adapter_b(T, M, B) if not(states_share(T)), claim(M, lora_params_r16, L), rank_for_memory(T, R, Per), B is L*R/Per/1.0e9
    says      "rank {R} on all linear layers of {M} trains {B} B parameters"
    otherwise "how many parameters {T} trains is not known".

adapter_share ::
    adapter_b(T, M, B) if states_share(T), claim(T, trainable_share, Share), size_b(M, P), B is P*Share/100
    says      "{T} trains {Share} % of {P} B parameters"
    otherwise "what share {T} trains is not known".

states_share ::
    states_share(T) if fact(T, parametrisation, Pa), Pa \== 'low-rank-factors', claimed(T, trainable_share, _)
    says      "a source states the trained share of {T}"
    otherwise "no source states the trained share of {T}".

rank_wanted ::
    rank_for_memory(_, R, Per) if known(rank, R), claim('rank-unit', rank_unit, Per)
    says      "rank {R}, as you said"
    otherwise "no rank was given".

rank_usual ::
    rank_for_memory(_, R, Per) if unset(rank), claim('rank-unit', rank_unit, Per), R is Per
    says      "rank {R}, the usual default"
    otherwise "no rank is usual".

% ---- what the pass keeps ---------------------------------------------------------------------------------------

layer_bytes ::
    layer_bytes(M, P, B) if claim(P, act_hidden, Ch), claim(P, act_kv, Ck), claim(P, act_mlp, Cm), claim(M, hidden_size, H),
                            kv_width(M, K), mlp_width(M, I), B is Ch*H + Ck*K + Cm*I
    says      "{Ch} x {H} hidden + {Ck} x {K} key-value + {Cm} x {I} MLP = {B} B a token and layer"
    otherwise "what a layer of {M} keeps is not known".

kv_width ::
    kv_width(M, K) if claim(M, kv_heads, N), claim(M, head_dim, D), K is N*D
    says      "{N} key-value heads of {D}"
    otherwise "the key-value width of {M} is not known".

mlp_dense ::
    mlp_width(M, I) if not(mixture(M)), claim(M, intermediate_size, I)
    says      "an MLP of {I}"
    otherwise "the MLP of {M} is not known".

mlp_mixture ::
    mlp_width(M, I) if mixture(M), claim(M, experts_per_token, K), claim(M, expert_size, E), I is K*E
    says      "{K} experts of {E} a token"
    otherwise "the experts of {M} are not known".

mixture ::
    mixture(M) if claimed(M, experts_per_token, _), claimed(M, expert_size, _)
    says      "{M} is a mixture of experts"
    otherwise "{M} is dense".

all_kept ::
    activations_gib(M, P, A) if not(input(gradient_checkpointing, true)), layer_bytes(M, P, B), claim(M, layers, L),
                            tokens(N), A is B*L*N/1.0e9/1.073741824
    says      "{L} layers x {N} tokens x {B} B kept"
    otherwise "what {M} keeps for the backward pass is not known".

recomputed ::
    activations_gib(M, P, A) if input(gradient_checkpointing, true), claim(P, stream_hidden, Cs), claim(P, recomputed_hidden, Ch), claim(P, recomputed_mlp, Cm),
                            claim(M, layers, L), claim(M, hidden_size, H), mlp_width(M, I), tokens(N),
                            A is (Cs*L*H + Ch*H + Cm*I)*N/1.0e9/1.073741824
    says      "{L} layer inputs of {H} x {Cs} B and one recomputed layer, x {N} tokens"
    otherwise "what {M} keeps with checkpointing is not known".

tokens ::
    tokens(N) if input(seq_len, S), input(micro_batch, B), N is S*B
    says      "{B} x {S} tokens at once"
    otherwise "how many tokens pass at once is not known".

loss ::
    loss_gib(M, A) if input(loss_head, Head), claim(Head, logit_bytes, C), claim(Head, head_gib, Tile), claim(Head, head_hidden, Ch),
                      claim(M, vocab_size, V), claim(M, hidden_size, H), tokens(N), A is Tile + (C*V + Ch*H)*N/1.0e9/1.073741824
    says      "{Head}: {Tile} GiB, and {N} tokens x ({V} entries x {C} B + {H} x {Ch} B)"
    otherwise "what the loss of {M} takes is not known".
