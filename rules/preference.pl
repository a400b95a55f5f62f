:- module(preference, []).

/** <module> By what measure are viable approaches compared?

The ontology says which criteria a priority has, in which order, and what
difference counts; here stands where a criterion's figure comes from.
*/

memory_need ::
    criterion(need_gib, T, V) if need_gib(T, V)
    says      "{T} needs {V} GiB"
    otherwise "what {T} needs is not known".

untrained_memory ::
    criterion(need_gib, T, 0) if not(trains_here(T))
    says      "{T} takes no GPU memory for training"
    otherwise "{T} trains here".

run_cost ::
    criterion(run_usd, T, V) if trains_here(T), run_usd(T, V)
    says      "a run of {T} costs {V} USD"
    otherwise "what a run of {T} costs is not known".

untrained_cost ::
    criterion(run_usd, T, 0) if not(trains_here(T))
    says      "{T} costs no GPU hours"
    otherwise "{T} costs GPU hours".

run_time ::
    criterion(run_hours, T, V) if trains_here(T), run_hours(T, V)
    says      "a run of {T} takes {V} hours"
    otherwise "how long {T} takes is not known".

untrained_time ::
    criterion(run_hours, T, 0) if not(trains_here(T))
    says      "{T} takes no training time"
    otherwise "{T} takes training time".

rung ::
    criterion(rung_order, T, V) if fact(T, rung, R), fact(R, order, V)
    says      "{T} stands on rung {V} of the ladder"
    otherwise "{T} has no place on the ladder".

stated ::
    criterion(Q, T, V) if isa(T, 'Technique'), claimed(T, Q, V)
    says      "{Q} of {T} is {V}"
    otherwise "no source states {Q} of {T}".

trains_here ::
    trains_here(T) if fact(T, trainsOn, ownGpu)
    says      "{T} trains on your GPU"
    otherwise "{T} does not train on your GPU".
