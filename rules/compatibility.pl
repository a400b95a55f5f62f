:- module(compatibility, []).

/** <module> Do the model's weights go together with it?
*/

%   Training on one's own GPU needs weights that can be had.
nothing_trained_here ::
    weights_open(T) if fact(T, trainsOn, W), W \== ownGpu
    says      "{T} needs no weights of the model here"
    otherwise "{T} trains the model's weights here".

weights_open ::
    weights_open(T) if fact(T, trainsOn, ownGpu), not(closed_model(_))
    says      "the model's weights can be had"
    otherwise "{T} needs the model's weights, and they cannot be had".

closed_model ::
    closed_model(M) if known(model, M), fact(M, access, A), shut(A)
    says      "the weights of {M} cannot be had ({A}), so no GPU of yours plays a part"
    otherwise "the weights of {M} can be had".

api_only ::
    shut(A) if A == apiOnly
    says      "weights cannot be downloaded"
    otherwise "weights can be downloaded".

unverified ::
    shut(A) if A == unverified
    says      "we found no such thing"
    otherwise "it exists".
