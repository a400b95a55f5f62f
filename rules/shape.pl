:- module(shape, []).

/** <module> What a model is made of: its shape, its size, what an adapter adds

A model of the catalogue, or one whose shape the person gave (from a config.json):
then its quantities are inputs. Where only a size was given, every model of about
that size stands for it.
*/

model_named ::
    candidate_model(M) if unset(shape_layers), known(model, M)
    says      "the model is {M}"
    otherwise "no model was named".

model_given ::
    candidate_model('your model') if known(shape_layers, _)
    says      "the model's shape was given"
    otherwise "no shape was given".

model_by_size ::
    candidate_model(M) if unset(model), unset(shape_layers), known(params_b, P), isa(M, 'Model'), claimed(M, params_b, Q), claimed(M, layers, _),
                          claim('catalogue-band', size_band, Band), Q >= P*(1-Band), Q =< P*(1+Band)
    says      "{M} has {Q} B parameters, about {P}"
    otherwise "no model of the catalogue has about {P} B parameters".

%   No model is that near: those further off, smaller and larger, stand for it, and the verdict is the range they span.
model_by_neighbours ::
    candidate_model(M) if unset(model), unset(shape_layers), known(params_b, P), not(catalogued(P)), isa(M, 'Model'), claimed(M, params_b, Q), claimed(M, layers, _),
                          claim('catalogue-band', wide_size_band, Band), Q >= P*(1-Band), Q =< P*(1+Band)
    says      "{M} has {Q} B parameters; none of the catalogue is nearer to {P}"
    otherwise "no model of the catalogue is anywhere near {P} B parameters".

%   Nor any further off: then nothing is known of its shape, and what it needs is open.
model_unheard_of ::
    candidate_model('a model of that size') if unset(model), unset(shape_layers), known(params_b, P), not(catalogued(P)), not(nearly_catalogued(P))
    says      "no model of the catalogue is anywhere near {P} B parameters"
    otherwise "the catalogue has models of about {P} B parameters".

catalogued ::
    catalogued(P) if isa(M, 'Model'), claimed(M, params_b, Q), claimed(M, layers, _), claim('catalogue-band', size_band, Band), Q >= P*(1-Band), Q =< P*(1+Band)
    says      "{M} has {Q} B parameters, about {P}"
    otherwise "no model of the catalogue has about {P} B parameters".

nearly_catalogued ::
    nearly_catalogued(P) if isa(M, 'Model'), claimed(M, params_b, Q), claimed(M, layers, _), claim('catalogue-band', wide_size_band, Band), Q >= P*(1-Band), Q =< P*(1+Band)
    says      "{M} has {Q} B parameters, not far from {P}"
    otherwise "no model of the catalogue is anywhere near {P} B parameters".

size_stated ::
    size_b(M, P) if M \== 'your model', claim(M, params_b, P)
    says      "{M} has {P} B parameters"
    otherwise "the size of {M} is not known".

size_given ::
    size_b('your model', P) if known(shape_layers, _), input(params_b, P)
    says      "your model has {P} B parameters"
    otherwise "the size of your model was not given".

shape_stated ::
    shape(M, L, H, I, Kv, Q) if M \== 'your model', claim(M, layers, L), claim(M, hidden_size, H), mlp_width(M, I), claim(M, kv_heads, N),
                                claim(M, head_dim, D), claim(M, attention_heads, A), Kv is N*D, Q is A*D
    says      "{M}: {L} layers of {H}, an MLP of {I}, {A} query heads and {N} key-value heads of {D}"
    otherwise "the shape of {M} is not known".

shape_given ::
    shape('your model', L, H, I, Kv, Q) if known(shape_layers, L), input(shape_hidden, H), input(shape_mlp, I), input(shape_kv, Kv), input(shape_query, Q)
    says      "your model: {L} layers of {H}, an MLP of {I}, queries of {Q}, keys and values of {Kv}"
    otherwise "the shape of your model was not given".

vocabulary_stated ::
    vocabulary(M, V) if M \== 'your model', claim(M, vocab_size, V)
    says      "{M} knows {V} tokens"
    otherwise "the vocabulary of {M} is not known".

vocabulary_given ::
    vocabulary('your model', V) if known(shape_layers, _), input(shape_vocab, V)
    says      "your model knows {V} tokens"
    otherwise "the vocabulary of your model was not given".

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

experts_stated ::
    experts_b(M, X) if mixture(M), claimed(M, experts, N), claim(M, expert_size, E), claim(M, layers, L), claim(M, hidden_size, H), X is L*N*H*(E + E + E)/1.0e9
    says      "{L} layers of {N} experts of {H} x {E} in three matrices: {X} B"
    otherwise "{M} has no experts".

experts_given ::
    experts_b('your model', X) if known(shape_experts_b, X)
    says      "{X} B parameters in experts"
    otherwise "your model has no experts".

tied ::
    tied(M) if M \== 'your model', claimed(M, tied_embeddings, true)
    says      "{M} has one embedding"
    otherwise "{M} has two embeddings".

tied_given ::
    tied('your model') if known(shape_tied, true)
    says      "your model has one embedding"
    otherwise "your model has two embeddings".

embeddings_tied ::
    embedding_b(M, H, E) if tied(M), vocabulary(M, V), E is V*H/1.0e9
    says      "{M} has one embedding of {V} x {H} = {E} B"
    otherwise "the embedding of {M} is not known".

embeddings_untied ::
    embedding_b(M, H, E) if not(tied(M)), vocabulary(M, V), E is (V*H + V*H)/1.0e9
    says      "{M} has two embeddings of {V} x {H}, together {E} B"
    otherwise "the embeddings of {M} are not known".

% ---- what an adapter adds ---------------------------------------------------------------------------------

trained_count_given ::
    adapter_b(_, _, B) if known(trained_m, N), B is N*1.0e6/1.0e9
    says      "{N} million trained parameters, as you said"
    otherwise "how many parameters are trained was not said".

adapter_everywhere ::
    adapter_b(T, M, B) if unset(trained_m), input(lora_targets, 'all-linear'), not(states_share(T)), claimed(M, lora_params_r16, L), rank_for_memory(T, R, Per), B is L*R/Per/1.0e9
    says      "rank {R} on all linear layers of {M} trains {B} B parameters"
    otherwise "the linear layers of {M} are not counted".

adapter_by_shape ::
    adapter_b(T, M, B) if unset(trained_m), input(lora_targets, W), not(counted(M, W)), not(states_share(T)), adapter_width(W, M, D), rank_for_memory(T, R, _), B is R*D/1.0e9
    says      "rank {R} on {W} of {M}: inputs and outputs of {D} in all, {B} B parameters"
    otherwise "how many parameters {T} trains is not known".

adapter_share ::
    adapter_b(T, M, B) if unset(trained_m), states_share(T), claim(T, trainable_share, Share), size_b(M, P), B is P*Share/100
    says      "{T} trains {Share} % of {P} B parameters"
    otherwise "what share {T} trains is not known".

counted ::
    counted(M, 'all-linear') if claimed(M, lora_params_r16, _)
    says      "the linear layers of {M} are counted"
    otherwise "the linear layers of {M} are not counted".

width_everywhere ::
    adapter_width('all-linear', M, D) if shape(M, L, H, I, Kv, Q), D is L*(H+Q + H+Kv + H+Kv + Q+H + H+I + H+I + I+H)
    says      "{L} layers with four attention and three MLP matrices"
    otherwise "the shape of {M} is not known".

width_attention ::
    adapter_width('attention-only', M, D) if shape(M, L, H, _, Kv, Q), D is L*(H+Q + H+Kv + H+Kv + Q+H)
    says      "{L} layers with four attention matrices"
    otherwise "the shape of {M} is not known".

width_query_value ::
    adapter_width('query-value', M, D) if shape(M, L, H, _, Kv, Q), D is L*(H+Q+H+Kv)
    says      "{L} layers with query and value matrices"
    otherwise "the shape of {M} is not known".

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
