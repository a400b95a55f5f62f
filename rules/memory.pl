:- module(memory, []).

/** <module> Does training fit in the memory of the GPU?

A run peaks in one of four moments, and needs the largest of them:
  the loss           what is kept for the backward pass and the logits are all there
  the backward pass  one layer is computed again; gradients pile up where they are kept
  the step           gradients, states and the optimizer's temporaries
  between steps      what is generated or evaluated
On top comes what the driver and the allocator take. Over several GPUs, weights,
gradients and states are sharded as the sharding says; activations are not.
Bytes become GiB by the unit factor 1.073741824 (10^9 / 2^30).
What lies there is in weights.pl, what passes in activations.pl, shapes in shape.pl,
how a technique trains (its profile) in profile.pl.
*/

elsewhere ::
    fits(T) if fact(T, trainsOn, W), W \== ownGpu
    says      "{T} takes no GPU memory for training here"
    otherwise "{T} trains on a GPU here".

fits ::
    fits(T) if fact(T, trainsOn, ownGpu), not(keeps_teacher(T)), need_gib(T, Need), usable_gib(Have, On), Need =< Have
    says      "{Need} GiB needed at the peak, {Have} usable on {On}"
    otherwise "{Need} GiB needed at the peak, {Have} usable on {On}".

fits_taught ::
    fits(T) if fact(T, trainsOn, ownGpu), keeps_teacher(T), known(teacher_model, M), teacher_gib(T, M, Te), need_gib(T, Need), usable_gib(Have, On), Need =< Have
    says      "{Need} GiB needed at the peak with the teacher ({M}) of {Te} GiB on each GPU, {Have} usable on {On}"
    otherwise "{Need} GiB needed at the peak with the teacher ({M}) of {Te} GiB on each GPU, {Have} usable on {On}".

fits_untold ::
    fits(T) if fact(T, trainsOn, ownGpu), keeps_teacher(T), unset(teacher_model), need_gib(T, Need), usable_gib(Have, On), Need =< Have
    says      "{Need} GiB needed at the peak with whatever teacher lies beside it (none was named), {Have} usable on {On}"
    otherwise "{Need} GiB needed at the peak with whatever teacher lies beside it (none was named), {Have} usable on {On}".

%   The central estimate fits; its upper end does not.
tight ::
    tight(T) if fact(T, trainsOn, ownGpu), need_high(T, High), usable_gib(Have, On), High > Have
    says      "tight: it may need {High} GiB, {Have} usable on {On}"
    otherwise "also the upper end fits: {High} GiB, {Have} usable on {On}".

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

% ---- what is needed, over all GPUs -----------------------------------------------------------------------

need_trusted ::
    need_gib(T, Need) if trusted(T, need_gib, Need)
    says      "{T} needs {Need} GiB by the source you trust"
    otherwise "no source you trust says what {T} needs".

need ::
    need_gib(T, Need) if not(trusted(T, need_gib, _)), spread(N, M, candidate_model(M), need_of(T, M, N), Need)
    says      "{T} needs {Need} GiB"
    otherwise "what {T} needs is not known".

need_of ::
    need_of(T, M, Need) if peak(T, M, A, _, _), claim('memory-constants', overhead_gib, O), communicator(C), input(n_gpus, N), Need is (A + O + C)*N
    says      "{A} GiB at the peak, {O} of workspaces and {C} to speak with other GPUs, on each of {N} GPU"
    otherwise "the memory of {T} with {M} cannot be added up".

communicator ::
    communicator(C) if input(n_gpus, N), N > 1, claim('memory-constants', communicator_gib, C)
    says      "{N} GPUs take {C} GiB each to speak with one another"
    otherwise "one GPU speaks with no other".

no_communicator ::
    communicator(0) if input(n_gpus, N), N =< 1
    says      "{N} GPU speaks with no other"
    otherwise "several GPUs speak with one another".

need_high ::
    need_high(T, High) if need_gib(T, Need), claim('memory-constants', relative_width, W), High is Need*(1 + W)
    says      "at most {High} GiB, {Need} and {W} of it more, in nine runs of ten"
    otherwise "how far {T} may need more is not known".

%   Both ends of what the driver shows.
device_high ::
    device_high(T, High) if device_gib(T, D), claim('memory-constants', reserved_width, W), High is D*(1 + W)
    says      "at most {High} GiB, {D} and {W} of it more, in nine runs of ten"
    otherwise "how far the driver may show more is not known".

allocated ::
    allocated_gib(T, A) if spread(N, M, candidate_model(M), allocated_of(T, M, N), A)
    says      "{A} GiB of tensors at the peak"
    otherwise "the peak of {T} is not known".

allocated_of ::
    allocated_of(T, M, A) if peak(T, M, A, _, _)
    says      "{A} GiB of tensors"
    otherwise "the peak of {T} with {M} is not known".

reserved ::
    reserved_gib(T, R) if spread(N, M, candidate_model(M), reserved_of(T, M, N), R)
    says      "{R} GiB held by the allocator"
    otherwise "what the allocator holds is not known".

%   The allocator keeps what came and went: the more, the more lengths and sizes change; it gives it back when the card is full.
reserved_of ::
    reserved_of(T, M, R) if not(sized_card), peak(T, M, A, Still, Pass), reserve(T, F), R is max(A, Still + Pass*F)
    says      "{Still} GiB that stays and {F} times the {Pass} of a pass, or {A} of tensors"
    otherwise "what the allocator holds for {T} with {M} is not known".

reserved_of_card ::
    reserved_of(T, M, R) if sized_card, peak(T, M, A, Still, Pass), reserve(T, F), usable_gib(U, _), input(n_gpus, N), R is max(A, min(Still + Pass*F, U/N))
    says      "{Still} GiB that stays and {F} times the {Pass} of a pass, as far as {U} GiB on {N} GPU go, or {A} of tensors"
    otherwise "what the allocator holds for {T} with {M} is not known".

sized_by_name ::
    sized_card if known(gpu, _)
    says      "the GPU is named"
    otherwise "no GPU is named".

sized_by_memory ::
    sized_card if not(named_card), known(gpu_memory_gib, _)
    says      "the card's memory is given"
    otherwise "no memory of a card was given".

reserve_of_loop ::
    reserve(_, F) if known(framework, W), claimed(W, reserved_factor, F)
    says      "the allocator holds {F} times what comes and goes with {W}"
    otherwise "no figure for this framework".

reserve_usual ::
    reserve(T, F) if not(loop_reserve), head_in_use(T, Head), claim(Head, reserved_factor, F)
    says      "the allocator holds {F} times what comes and goes with {Head}"
    otherwise "no figure for this loss".

loop_reserve ::
    loop_reserve if known(framework, W), claimed(W, reserved_factor, _)
    says      "there is a figure for {W}"
    otherwise "there is no figure for this framework".

device ::
    device_gib(T, D) if reserved_gib(T, R), claim('memory-constants', context_gib, C), communicator(Co), D is R + C + Co
    says      "{R} GiB held by the allocator {C} of driver context and {Co} to speak with other GPUs"
    otherwise "what the driver shows is not known".

% ---- the peak of one GPU, and what of it stays all the time ------------------------------------------------

peak ::
    peak(T, M, A, Still, Pass) if profile(T, P), shape(M, L, H, I, Kv, _), weights_gib(T, M, P, H, W), trained(T, M, P, Own, Gr, Opt, St), gathered(T, M, P, W, L, H, G), kept(P, T, L, H, I, Kv, K), cast(P, W, Ca),
                        layer_again(P, T, L, H, I, R), loss_gib(P, T, M, H, Lo), lasting(T, Gr, Gl), inside(K, L, Kl), companions(T, W, Co), apart(T, M, L, Kv, Ap), Still is W - Ca + Own + Opt + Gl + Co,
                        moments(Still, Gr, Gl, G, K, Kl, Ca, R, Lo, St, Ap, P1, P2, P3, P4),
                        A is max(max(P1, P2), max(P3, P4)), Pass is G + max(K + Ca + Lo, K - Kl + Ca + R)
    says      "weights {W}, trained copies {Own}, states {Opt}: {A} GiB at the peak"
    otherwise "the peak of {T} with {M} cannot be added up".

%   Gradients pile up while what was kept is freed: at one end of the backward pass all is kept, at the other all gradients are there.
moments ::
    moments(Still, Gr, Gl, G, K, Kl, Ca, R, Lo, St, Ap, P1, P2, P3, P4) if P1 is Still + G + K + Ca + Lo, P2 is Still + G + max(K - Kl + Ca, Gr - Gl) + R, P3 is Still + Gr - Gl + St, P4 is Still + Ap
    says      "weights with copies and states {Still}, gradients {Gr}, gathered {G}, activations {K}, one layer's backward pass {R}, 16-bit copies {Ca}, loss {Lo}, optimizer step {St}, between steps {Ap}, together {P1} at the loss, {P2} in the backward pass, {P3} at the step"
    otherwise "the moments cannot be added up".
