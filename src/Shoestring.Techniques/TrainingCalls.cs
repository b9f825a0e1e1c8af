using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Techniques that say how a model is trained.</summary>
public static class TrainingCalls
{
    /// <summary>What a list of techniques comes to, in their order; the last optimizer counts.</summary>
    /// <param name="calls">In the words of the command line.</param>
    /// <param name="seed">Where their random numbers start.</param>
    /// <exception cref="InputException">A technique or option is not known, one does not train, or two do not go together.</exception>
    public static TrainingMethods Methods(IEnumerable<string> calls, ulong seed) =>
        calls.Select(TechniqueCall.Parse).Aggregate(new TrainingMethods { Seed = seed }, (methods, call) => Train(call)(methods, call));

    /// <summary>The files that techniques read: teachers, proxies.</summary>
    /// <exception cref="InputException">A technique or option is not known.</exception>
    public static IEnumerable<string> Files(IEnumerable<string> calls) => calls.Select(TechniqueCall.Parse).SelectMany(call => call.Files);

    /// <summary>The ids of those there are.</summary>
    public static IEnumerable<string> Ids => TechniqueList.All.Where(technique => technique.Train is not null).Select(technique => technique.Id);

    static Func<TrainingMethods, TechniqueCall, TrainingMethods> Train(TechniqueCall call) => call.Technique.Train ?? throw new InputException(
        $"{call.Technique.Id} does not train", $"-t {call.Technique.Id}", $"use shoestring apply for it, or one of {string.Join(", ", Ids)}");
}
