:- module(compatibility, []).

/** <module> Do model, licence and deployment go together with it?
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
    says      "{M}: {A}"
    otherwise "the weights of {M} can be had".

api_only ::
    shut(A) if A == apiOnly
    says      "weights cannot be downloaded"
    otherwise "weights can be downloaded".

unverified ::
    shut(A) if A == unverified
    says      "we found no such thing"
    otherwise "it exists".

licensed ::
    licensed(T) if isa(T, 'Technique'), not(noncommercial(_))
    says      "the licence does not stand in the way"
    otherwise "the model's licence does not allow commercial use".

noncommercial ::
    noncommercial(M) if known(commercial, true), known(model, M), fact(M, restricts, commercialUse)
    says      "the licence of {M} restricts commercial use"
    otherwise "the licence of {M} allows commercial use".

deployable ::
    deployable(T) if isa(T, 'Technique'), not(undeployable(T))
    says      "{T} can be deployed as wanted"
    otherwise "{T} cannot be deployed as wanted".

%   Merged serving needs an adapter that can be folded into the base.
undeployable ::
    undeployable(T) if known(serving, 'merged-serving'), claimed(T, mergeable, false)
    says      "{T} cannot be merged into the base"
    otherwise "{T} can be merged, or need not be".

many_adapters ::
    undeployable(T) if known(serving, 'multi-adapter'), claimed(T, multi_adapter_serving, false)
    says      "servers do not run many adapters of {T} on one base"
    otherwise "many variants of {T} can be served, or need not be".
