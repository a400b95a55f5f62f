:- module(setting, []).

/** <module> Settings that follow from other settings

What a source states stands in the ontology; here is what follows from it.
*/

alpha ::
    setting(lora_alpha, T, A) if rank_set(T, R), claimed(T, alpha_over_rank, K), A is R*K
    says      "rank {R} x {K}"
    otherwise "no source relates alpha to the rank of {T}".

rank_said ::
    rank_set(_, R) if known(rank, R)
    says      "rank {R}, as you said"
    otherwise "no rank was given".

rank_stated ::
    rank_set(T, R) if unset(rank), claimed(T, lora_rank, R)
    says      "rank {R} by the sources"
    otherwise "no source states a rank for {T}".

accumulation ::
    setting(gradient_accumulation, T, A) if not(states(T, gradient_accumulation)), claimed(T, effective_batch, E), input(micro_batch, B), input(n_gpus, N), A is E // (B*N)
    says      "{E} sequences a step in portions of {B} on {N} GPU"
    otherwise "no source states an effective batch for {T}".

states ::
    states(T, Q) if claimed(T, Q, _)
    says      "a source states {Q} of {T}"
    otherwise "no source states {Q} of {T}".
