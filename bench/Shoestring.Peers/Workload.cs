namespace Shoestring.Peers;

/// <summary>What every side runs.</summary>
/// <param name="PromptTokens">Tokens of a prefill.</param>
/// <param name="GenerateTokens">Tokens that each sequence decodes.</param>
/// <param name="Batches">Numbers of sequences decoded together.</param>
/// <param name="Rounds">Rounds that count; one more before them warms up.</param>
/// <param name="Threads">Threads of each side.</param>
sealed record Workload(int PromptTokens, int GenerateTokens, int[] Batches, int Rounds, int Threads);
