:- module(profile, []).

/** <module> How a technique trains: the profile of bytes that describes it, and how state is shared by GPUs

A profile is of a technique itself, of the loop of a framework the person named,
or of what is trained on what, in a precision, for some target modules.
*/

own_profile ::
    profile(T, P) if fact(P, forTechnique, T), fact(T, baseWeights, B), fact(P, forBaseWeights, B)
    says      "{T} was measured itself: {P}"
    otherwise "{T} was not measured itself".

framework_profile ::
    profile(T, P) if not(measured_itself(T)), known(framework, W), of_framework(W, T, P)
    says      "{T} trains like {P} with {W}"
    otherwise "no framework was named, or none is known to differ".

sharded_profile ::
    profile(T, P) if not(measured_itself(T)), not(framework_differs(T)), when_sharded(T, P)
    says      "{T} trains like {P} where weights are sharded"
    otherwise "{T} trains over shards as on one GPU".

general_profile ::
    profile(T, P) if not(measured_itself(T)), not(framework_differs(T)), not(when_sharded(T, _)), fact(T, parametrisation, Pa), fact(T, baseWeights, B), input(training_precision, Pr), input(lora_targets, Ta),
                     fact(P, forParametrisation, Pa), fact(P, forBaseWeights, B), fact(P, forTrainingPrecision, Pr), fact(P, forTargetModules, Ta)
    says      "{T} trains like {P}"
    otherwise "nobody has measured how {T} trains".

when_sharded ::
    when_sharded(T, P) if gathers, fact(P, forSharding, 'weights'), fact(T, parametrisation, Pa), fact(P, forParametrisation, Pa), fact(T, baseWeights, B), fact(P, forBaseWeights, B),
                     input(training_precision, Pr), fact(P, forTrainingPrecision, Pr)
    says      "{P} holds for {T} where weights are sharded"
    otherwise "no profile is stated for {T} over shards".

measured_itself ::
    measured_itself(T) if fact(P, forTechnique, T), fact(T, baseWeights, B), fact(P, forBaseWeights, B)
    says      "{P} is of {T} itself"
    otherwise "{T} was not measured itself".

of_framework ::
    of_framework(W, T, P) if fact(P, forFramework, W), fact(T, parametrisation, Pa), fact(P, forParametrisation, Pa), fact(T, baseWeights, B), fact(P, forBaseWeights, B)
    says      "{P} is of {W}"
    otherwise "{W} is not known to differ for {T}".

framework_differs ::
    framework_differs(T) if known(framework, W), of_framework(W, T, _)
    says      "{W} trains {T} in its own way"
    otherwise "no framework that differs was named".

% ---- sharding ------------------------------------------------------------------------------------------------

pieces_shared ::
    pieces(What, N) if input(n_gpus, N), N > 1, input(sharding, S), fact(S, shards, What)
    says      "{S} shards the {What} over {N} GPUs"
    otherwise "the {What} are not sharded".

pieces_whole ::
    pieces(What, 1) if not(shared(What))
    says      "each GPU has all the {What}"
    otherwise "the {What} are sharded".

shared ::
    shared(What) if input(n_gpus, N), N > 1, input(sharding, S), fact(S, shards, What)
    says      "{S} shards the {What} over {N} GPUs"
    otherwise "the {What} are not sharded".

gathers ::
    gathers if input(n_gpus, N), N > 1, input(sharding, S), fact(S, shards, weights)
    says      "{S} gathers layers of {N} shards when they are used"
    otherwise "weights lie whole on the GPU".

%   A few layers and the head are gathered at a time; where all weights are trained, their gradients too.
gathered_frozen ::
    gathered(T, M, P, W, L, H, G) if gathers, not(trains_everything(T)), gathered_parts(M, P, W, L, H, Layers, Head), G is Layers + Head
    says      "gathered layers of {Layers} GiB and the head of {Head}"
    otherwise "nothing is gathered".

gathered_trained ::
    gathered(T, M, P, W, L, H, G) if gathers, trains_everything(T), gathered_parts(M, P, W, L, H, Layers, Head), G is Layers + Layers + Head + Head
    says      "gathered layers of {Layers} GiB and the head of {Head}, and their gradients"
    otherwise "nothing is gathered".

gathered_none ::
    gathered(_, _, _, _, _, _, 0) if not(gathers)
    says      "nothing has to be gathered"
    otherwise "layers are gathered".

gathered_parts ::
    gathered_parts(M, P, W, L, H, Layers, Head) if vocabulary(M, V), pieces(weights, N), claim(P, stream_hidden, K), Head is V*H*K/1.0e9/1.073741824, claim('memory-constants', gathered_layers, Ga), Layers is max(0, W*N - Head - Head)*Ga/L
    says      "{Ga} of {L} layers of {W} GiB x {N}, and {V} x {H} x {K} B of the head"
    otherwise "what is gathered is not known".
