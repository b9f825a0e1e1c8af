namespace Shoestring.Techniques;

/// <summary>How GPTQ quantizes.</summary>
/// <param name="Rounding">What to.</param>
/// <param name="ActOrder">Whether columns are gone through by falling diagonal of the Hessian.</param>
/// <param name="Damping">Share of the diagonal's mean that is added to it; 0.01 in the paper's §3.3.</param>
public sealed record GptqOptions(LevelRounding Rounding, bool ActOrder = true, double Damping = 0.01);
