:- module(activations, []).

/** <module> What a pass keeps and makes: activations, one layer's backward pass, the loss

With checkpointing only the inputs of layers are kept, and each layer is computed
again. Tokens are those of one GPU's batch, of all sequences that an example has.
*/

all_kept ::
    kept(P, T, L, H, I, Kv, A) if not(input(gradient_checkpointing, true)), claim(P, act_hidden, Ch), claim(P, act_kv, Ck), claim(P, act_mlp, Cm), tokens_at_once(T, N), attention_map(N, At),
                            A is ((Ch*H + Ck*Kv + Cm*I)*N + At)*L/1.0e9/1.073741824
    says      "{L} layers x {N} tokens x ({Ch} x {H} hidden + {Ck} x {Kv} key-value + {Cm} x {I} MLP) B, and {At} B of attention a layer"
    otherwise "what is kept for the backward pass is not known".

inputs_kept ::
    kept(P, T, L, H, _, _, A) if input(gradient_checkpointing, true), claim(P, stream_hidden, Cs), tokens_at_once(T, N), input(offload, Of), claim(Of, inputs_on_gpu, On),
                            A is On*Cs*L*H*N/1.0e9/1.073741824
    says      "{L} layer inputs of {H} x {Cs} B x {N} tokens, {On} of them on the GPU"
    otherwise "checkpointing is off".

%   The backward pass of one layer: what it keeps, computed again or still there, and its temporaries.
one_layer ::
    layer_again(P, T, L, H, I, A) if claim(P, recomputed_hidden, Ch), claim(P, recomputed_mlp, Cm), tokens_at_once(T, N), attention_map(N, At), again_sharded(P, T, L, H, E),
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
    tokens_at_once(T, N) if input(seq_len, S), input(micro_batch, B), input(seq_fill, F), sequences(T, Q), N is S*B*F*Q
    says      "{B} x {S} tokens at once, {F} of them real, {Q} sequences an example"
    otherwise "how many tokens pass at once is not known".

sequences_of_technique ::
    sequences(T, Q) if claimed(T, sequences_per_example, Q)
    says      "{T} passes {Q} sequences an example"
    otherwise "{T} states no figure of its own".

sequences_of_objective ::
    sequences(T, Q) if not(counts_sequences(T)), fact(T, objective, O), claimed(O, sequences_per_example, Q)
    says      "{O} passes {Q} sequences an example: the chosen and the rejected"
    otherwise "an example is one sequence".

one_sequence ::
    sequences(T, 1) if not(counts_sequences(T)), not(pairs(T))
    says      "an example is one sequence"
    otherwise "an example is several sequences".

counts_sequences ::
    counts_sequences(T) if claimed(T, sequences_per_example, _)
    says      "{T} states how many sequences an example has"
    otherwise "{T} states no figure of its own".

pairs ::
    pairs(T) if fact(T, objective, O), claimed(O, sequences_per_example, _)
    says      "{T} trains on pairs"
    otherwise "{T} trains on single sequences".

loss ::
    loss_gib(P, T, M, H, A) if head_in_use(T, Head), claim(Head, logit_bytes, C), claim(Head, head_gib, Tile), claim(Head, head_hidden, Ch),
                      vocabulary(M, V), tokens_at_once(T, N), head_copy(P, V, H, Hc), A is Tile + Hc + (C*V + Ch*H)*N/1.0e9/1.073741824
    says      "{Head}: {Tile} GiB, a copy of the head of {Hc}, and {N} tokens x ({V} entries x {C} B + {H} x {Ch} B)"
    otherwise "what the loss of {M} takes is not known".

head_wanted ::
    head_in_use(T, Head) if input(loss_head, Head), not(head_replaced(T, Head))
    says      "the loss is computed by {Head}"
    otherwise "{T} is trained by a class that has a loss of its own instead of {Head}".

%   Some trainers have no head that spares logits: what is said of another head holds for them too.
head_own ::
    head_in_use(T, Own) if input(loss_head, Head), own_head(T, Head, Own)
    says      "the loss is computed by {Own}, for want of {Head}"
    otherwise "{T} is trained with the head that is wanted".

head_replaced ::
    head_replaced(T, Head) if own_head(T, Head, _)
    says      "the trainer of {T} has no {Head}"
    otherwise "nobody says that the trainer of {T} has no {Head}".

own_head ::
    own_head(T, Head, Own) if trainer_class(T, C), fact(C, ownHead, Own), fact(Own, replacesHead, Head)
    says      "{C} has {Own} instead of {Head}"
    otherwise "the trainer of {T} has no loss of its own instead of {Head}".

%   A head in 32 bits is copied to 16 under autocast, until its backward pass.
head_copied ::
    head_copy(P, V, H, A) if claimed(P, head_copy_bytes, B), A is V*H*B/1.0e9/1.073741824
    says      "{V} x {H} x {B} B of a head copied to 16 bits"
    otherwise "{P} does not copy the head".

head_not_copied ::
    head_copy(P, _, _, 0) if not(copies_head(P))
    says      "{P} uses the head as it is"
    otherwise "{P} copies the head".

copies_head ::
    copies_head(P) if claimed(P, head_copy_bytes, _)
    says      "{P} copies the head to 16 bits"
    otherwise "{P} uses the head as it is".
