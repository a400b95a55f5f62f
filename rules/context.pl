:- module(context, []).

/** <module> Are the sequences no longer than the model reads?
*/

%   A model reads no more at once than it was made for.
context_free ::
    long_enough(T) if fact(T, trainsOn, W), W \== ownGpu
    says      "{T} trains no sequences here"
    otherwise "{T} trains on sequences".

context_open ::
    long_enough(T) if fact(T, trainsOn, ownGpu), not(named_model)
    says      "no model was named that could be too short"
    otherwise "a model was named".

context_unknown ::
    long_enough(T) if fact(T, trainsOn, ownGpu), known(model, M), not(states_context(M))
    says      "no source states the context window of {M}"
    otherwise "the context window of {M} is known".

context ::
    long_enough(T) if fact(T, trainsOn, ownGpu), known(model, M), claimed(M, max_context, C), input(seq_len, L), L =< C
    says      "sequences of {L} tokens, {M} reads {C}"
    otherwise "sequences of {L} tokens, {M} reads {C}".

named_model ::
    named_model if known(model, _)
    says      "the model is named"
    otherwise "no model is named".

states_context ::
    states_context(M) if claimed(M, max_context, _)
    says      "the context window of {M} is known"
    otherwise "no source states the context window of {M}".
