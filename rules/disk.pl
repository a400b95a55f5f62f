:- module(disk, []).

/** <module> What training leaves on the disk

The result and the two checkpoints that are kept while training goes on.
*/

disk ::
    disk_gib(T, D) if input(model, M), profile(T, P), trained_b(T, M, B), claim(P, trained_bytes, W), claim(P, master_bytes, Ma), optimizer_bytes(T, P, O), D is B*(3*max(W,Ma) + 2*O)/1.073741824
    says      "{B} B trained parameters, three times the larger of {W} and {Ma} B as weights, twice {O} B of optimizer state: {D} GiB"
    otherwise "what is kept of a trained parameter is not known".

trained_b_all ::
    trained_b(T, M, B) if fact(T, parametrisation, 'all-weights'), size_b(M, B)
    says      "all {B} B parameters of {M} are trained"
    otherwise "{T} does not train all weights".

trained_b_part ::
    trained_b(T, M, B) if fact(T, parametrisation, Pa), Pa \== 'all-weights', adapter_b(T, M, B)
    says      "{B} B parameters are trained"
    otherwise "{T} trains all weights".
