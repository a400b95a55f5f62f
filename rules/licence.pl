:- module(licence, []).

/** <module> Does the model's licence allow the intended use?
*/

licensed ::
    licensed(T) if isa(T, 'Technique'), not(noncommercial(_))
    says      "the licence does not stand in the way"
    otherwise "the model's licence does not allow commercial use".

noncommercial ::
    noncommercial(M) if known(commercial, true), known(model, M), fact(M, licence, Id), fact(L, licenceId, Id), fact(L, restricts, commercialUse)
    says      "{M} stands under {L}, which does not allow commercial use"
    otherwise "the licence of {M} allows commercial use".
