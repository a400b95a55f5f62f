:- module(cost, []).

/** <module> What does a run cost, and is there money for it?
*/

no_budget ::
    affordable(_) if unset(budget_usd)
    says      "no budget was given"
    otherwise "there is a budget".

own_gpu ::
    affordable(T) if known(budget_usd, B), B =< 0, fact(T, trainsOn, ownGpu), known(gpu, G)
    says      "no money is to be spent, so the {G} you name counts as yours"
    otherwise "the run has to be paid for".

untrained_free ::
    affordable(T) if known(budget_usd, _), fact(T, trainsOn, noGpu)
    says      "{T} costs no training"
    otherwise "{T} costs training".

affordable ::
    affordable(T) if known(budget_usd, B), fact(T, trainsOn, ownGpu), run_usd(T, C), C =< B
    says      "{C} USD for the run, {B} allowed"
    otherwise "{C} USD for the run, {B} allowed".

provider_affordable ::
    affordable(T) if known(budget_usd, B), fact(T, trainsOn, providerGpu), provider_usd(T, C), C =< B
    says      "{C} USD at the provider's price, {B} allowed"
    otherwise "{C} USD at the provider's price, {B} allowed".

provider_usd ::
    provider_usd(T, C) if claim(T, usd_per_mtok, P), trained_tokens(N), C is N/1.0e6*P
    says      "{N} tokens at {P} USD a million"
    otherwise "the price of {T} is not known".

provider_run ::
    run_usd(T, C) if fact(T, trainsOn, providerGpu), provider_usd(T, C)
    says      "{C} USD at the provider's price"
    otherwise "the provider's price of {T} is not known".

generated ::
    run_usd(T, C) if fact(T, trainsOn, noGpu), claimed(T, usd_per_example, P), wanted_examples(N), C is N*P
    says      "{N} generated examples at {P} USD each"
    otherwise "what {T} costs is not known".

examples_to_generate ::
    wanted_examples(N) if known(synthetic_examples, N)
    says      "{N} examples are to be generated"
    otherwise "how many examples to generate was not given".

examples_wanted ::
    wanted_examples(N) if unset(synthetic_examples), input(examples, N)
    says      "{N} examples"
    otherwise "how many examples was not given".

run_usd ::
    run_usd(T, C) if fact(T, trainsOn, ownGpu), run_hours(T, H), price(P, On), input(n_gpus, N), C is H*P*N
    says      "{H} h x {N} x {P} USD/h on {On}"
    otherwise "the cost of a run is not known".

platform_price ::
    price(P, On) if known(platform, On), claimed(On, usd_per_hour, P)
    says      "{On} takes {P} USD an hour"
    otherwise "the price of {On} is not known".

gpu_price ::
    price(P, G) if not(priced_platform), known(gpu, G), claim(G, usd_per_hour, P)
    says      "a {G} costs {P} USD an hour"
    otherwise "the price of {G} is not known".

any_price ::
    price(P, 'a GPU of the catalogue') if not(priced_platform), not(named_card), input(gpu, G), claim(G, usd_per_hour, P)
    says      "no GPU was named: {P} USD an hour"
    otherwise "no GPU was named".

priced_platform ::
    priced_platform if known(platform, On), claimed(On, usd_per_hour, _)
    says      "the platform has a price of its own"
    otherwise "the platform has no price of its own".
