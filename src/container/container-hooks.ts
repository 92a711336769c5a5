import { classChain, type ClassType } from '../foundation/index.js';
import { writtenInjections } from './written-injections.js';

/** The methods that the container calls when it has built an instance, and when it disposes of one. */
export function containerHooksOf(type: ClassType): readonly string[] {
  return classChain(type).flatMap((each) => {
    const { postConstruct, preDestroy } = writtenInjections(each);
    return [...postConstruct, ...preDestroy].filter((name) => typeof name === 'string');
  });
}
