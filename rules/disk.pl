:- module(disk, []).

/** <module> What training leaves on the disk

The result and the checkpoints that are kept while training goes on.
*/

disk ::
    disk_gib(T, D) if input(model, M), profile(T, P), trained_b(T, M, B), claim(P, trained_bytes, W), claim(P, master_bytes, Ma), optimizer_bytes(T, P, O), claim('recipe-habits', kept_checkpoints, K), D is B*((1+K)*max(W,Ma) + K*O)/1.073741824
    says      "{B} B trained parameters: the result and {K} checkpoints, each the larger of {W} and {Ma} B as weights, and {O} B of optimizer state in each checkpoint: {D} GiB"
    otherwise "what is kept of a trained parameter is not known".

trained_b_all ::
    trained_b(T, M, B) if fact(T, parametrisation, 'all-weights'), size_b(M, B)
    says      "all {B} B parameters of {M} are trained"
    otherwise "{T} does not train all weights".

trained_b_part ::
    trained_b(T, M, B) if fact(T, parametrisation, Pa), Pa \== 'all-weights', adapter_b(T, M, B)
    says      "{B} B parameters are trained"
    otherwise "{T} trains all weights".
