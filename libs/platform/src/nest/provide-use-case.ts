import type { FactoryProvider, InjectionToken } from '@nestjs/common';

/**
 * A use case is a plain class; this names, in constructor order, the providers it gets. The compiler counts them.
 * @example provideUseCase(CreatePackage, [eventLogToken, clockToken])
 */
export function provideUseCase<Args extends readonly unknown[], Instance>(
  useCase: new (...args: [...Args]) => Instance,
  tokens: { readonly [K in keyof Args]: InjectionToken },
): FactoryProvider<Instance> {
  return { provide: useCase, inject: [...tokens], useFactory: (...args: [...Args]) => new useCase(...args) };
}
