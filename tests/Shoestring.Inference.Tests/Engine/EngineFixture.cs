using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Inference.Tests;

/// <summary>A small random model whose vocabulary is mostly single bytes, for all tests of the engine.</summary>
public sealed class EngineFixture : IDisposable
{
    readonly SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q4_0);

    public EngineFixture() => Model = file.Load();

    public LanguageModel Model { get; }

    public WorkerPool Pool { get; } = new(2);

    public Engine Engine(EngineOptions? options = null) => new(Model, Pool, options);

    public GeneratedPiece[] Generate(GenerationRequest request, EngineOptions? options = null)
    {
        using Engine engine = Engine(options);
        return [.. engine.Generate(request)];
    }

    public static int[] Prompt(string name, int count) => SmallNumbers.Tokens(name, count);

    public void Dispose()
    {
        Pool.Dispose();
        Model.Dispose();
        file.Dispose();
    }
}
