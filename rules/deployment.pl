:- module(deployment, []).

/** <module> Can the result run where it is meant to run?
*/

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
